"""Price histograms of a session: volume and time at price, in a bounded number of bins."""
