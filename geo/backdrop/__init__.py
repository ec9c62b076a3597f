"""What is drawn under a grid where no base map can be had: streets, water, parks, stations."""
