"""What is planned over a grid: how it lies under the areas of other departments, and what would fit it to them."""
