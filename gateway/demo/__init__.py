"""The simulated workshop: devices that speak the real protocols over loopback and pty pairs."""
