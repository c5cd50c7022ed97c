"""Reports: what administrators and auditors look at: who does what, who may, and whether series are whole."""
