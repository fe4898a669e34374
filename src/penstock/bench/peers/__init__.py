"""The peers, each in a module that runs in a process of its own and prints its figures."""
