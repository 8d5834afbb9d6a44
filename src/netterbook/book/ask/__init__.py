"""Figures that can be asked, beneath the static ones; their scripts and style lie beside the modules that feed them."""
