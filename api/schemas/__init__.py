"""What requests carry and answers hold, as OpenAPI describes it."""
