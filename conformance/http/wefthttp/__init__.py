"""HTTP conformance of Weft's proxy: start in __main__, then one module for each suite."""
