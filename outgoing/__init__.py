"""What leaves the house by the feed: streams to screens, messages, webhooks. It follows events and changes no case,
but for what another Open311 server, with which a territory is kept in step, says of requests."""
