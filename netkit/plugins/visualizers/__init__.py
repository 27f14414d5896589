"""The built-in visualizers: what a run prints, draws and writes while it trains."""
