"""Engines: they train one trajectory, or many in lockstep."""
