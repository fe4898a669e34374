"""What a Redis says of its memory, and what that means for a tier."""

from collections.abc import Mapping, Sequence

_REFUSES = "full memory refuses writes: this tier is full until copies go"
_DROPS = "full memory drops copies: reads of them go on to the next tier"
# all our copies have a time after which they go, so a `volatile` policy may drop any of them
_MEANS = {"noeviction": _REFUSES, "allkeys": _DROPS, "volatile": _DROPS}


def read_info(text: bytes) -> dict[str, str]:
    """The answer to INFO, by name."""
    lines = (line.partition(":") for line in text.decode().splitlines() if ":" in line)
    return {name: value for name, _, value in lines}


def memory_facts(infos: Sequence[Mapping[str, str]]) -> dict[str, object]:
    """The memory of all nodes, and what happens when it is full."""
    limit = sum(int(info["maxmemory"]) for info in infos)
    policies = sorted({info["maxmemory_policy"] for info in infos})
    means = sorted(
        {policy_means(info["maxmemory_policy"], int(info["maxmemory"])) for info in infos}
    )
    return {
        "bytes": sum(int(info["used_memory"]) for info in infos),
        "memory_limit": limit,
        "memory_policy": ", ".join(policies),
        "memory_policy_means": "; ".join(means),
        "version": ", ".join(sorted({info["redis_version"] for info in infos})),
        "nodes": len(infos),
    }


def policy_means(policy: str, limit: int) -> str:
    """What a policy means for a tier.

    Examples
    --------
    >>> policy_means("allkeys-lru", 1 << 30)
    'full memory drops copies: reads of them go on to the next tier'
    >>> policy_means("noeviction", 0)
    'memory has no limit: set maxmemory'
    """
    if not limit:
        return "memory has no limit: set maxmemory"
    return _MEANS[policy.partition("-")[0]]
