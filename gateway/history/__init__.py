"""The local history: the past curve of every point, for the dashboard. Disposable: all of it can be made anew."""
