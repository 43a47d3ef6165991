"""From scene and product photographs to shop the look."""
