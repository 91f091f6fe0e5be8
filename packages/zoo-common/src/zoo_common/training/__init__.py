"""Training data of top-down heatmap networks, without a framework: people, random views, targets, batches."""
