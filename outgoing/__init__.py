"""What leaves the house by the feed: streams to screens. It follows events and changes no case."""
