"""Who is free for a signature: heaps of agents whose entries are never later than the truth.

An entry's key is the agent's at the time of the push, and a lower bound ever after: idle times and
loads that grow are noticed when the entry comes up. An agent who has no room then is dropped and
comes back when parked. Only a load that falls makes a key less; when it falls below what entries
say, every heap by load gets a new one, and the epoch kills the old ones. That is dear, and so a few
agents by load are not kept in a heap at all but looked at one by one.
"""

from collections.abc import Collection, Mapping
from heapq import heapify, heappop, heappush, heapreplace

from routing.plan import ROUND_ROBIN_WINDOW, ChannelPlan
from routing.records import Agent, Cover, IdleEntry, Signature

COMPACT_ABOVE = 64
SCANNED_AGENTS = 96
"""Up to so many agents by load are scanned."""


def open_for(signature: Signature) -> None:
    """Let a new signature know its agents."""
    everybody = [
        (agent, profile.cover_of[signature])
        for profile in signature.profiles
        for agent in profile.agents
    ]
    by_turns = signature.rule is ROUND_ROBIN_WINDOW  # keys that time alone makes less
    if by_turns or (not signature.steady and len(everybody) <= SCANNED_AGENTS):
        signature.scanned = everybody
        return
    if not signature.steady:
        for profile in signature.profiles:
            covers = profile.unsteady.setdefault(signature.channel, [])
            covers.append(profile.cover_of[signature])
    fill(signature)


def fill(signature: Signature) -> None:
    """Build the heap anew, of everybody; who has no room is dropped soon enough."""
    if signature.scanned is not None:
        return
    signature.idle = [
        entry_of(profile.cover_of[signature], agent)
        for profile in signature.profiles
        for agent in profile.agents
    ]
    heapify(signature.idle)
    for entry in signature.idle:
        _note_share(entry)


def forget(agent: Agent) -> None:
    """All heaps are built anew: where the agent was missing is of the past."""
    agent.absent, agent.epochs, agent.shares = {}, {}, {}


def park(agent: Agent, channels: Mapping[str, ChannelPlan]) -> None:
    """Put an agent who may have more room than before wherever they are missing."""
    for channel, absent in agent.absent.items():
        if absent and agent.room(channels[channel]):
            for cover in absent:
                signature, rank, rule = cover
                entry = (rank, rule, agent.free_since, agent.id, 0, agent, cover)
                heappush(signature.idle, entry)
            absent.clear()
    if agent.profile is None or not agent.profile.unsteady:
        return
    share = agent.load / agent.capacity
    for channel, covers in agent.profile.unsteady.items():
        if share < agent.shares.get(channel, share + 1) and agent.room(channels[channel]):
            _enter_anew(agent, channel, share, covers)


def first(signature: Signature, channel: ChannelPlan, shunned: Collection[str]) -> IdleEntry | None:
    """The least agent who is free for the signature and not shunned."""
    if signature.scanned is not None:
        free = [
            entry_of(cover, agent)
            for agent, cover in signature.scanned
            if agent.free(channel) and agent.id not in shunned
        ]
        return min(free, default=None)
    put_right = _steady_head if signature.steady else _unsteady_head
    idle = signature.idle
    aside: list[IdleEntry] = []
    while (found := put_right(idle, channel)) is not None and found[3] in shunned:
        aside.append(heappop(idle))
    for entry in aside:
        heappush(idle, entry)
    return found


def _steady_head(idle: list[IdleEntry], channel: ChannelPlan) -> IdleEntry | None:
    """The head once it is true: what is not is put right, and who is not free is dropped."""
    plain, weight = not channel.exclusive, channel.weight
    while idle:
        rank, rule, since, ident, epoch, agent, cover = head = idle[0]
        if plain:  # what `free` says, without the call
            free = weight <= agent.spare and (not agent.caps or agent.room(channel))
        else:
            free = agent.free(channel)
        if not free:
            heappop(idle)
            agent.absent.setdefault(channel.id, []).append(cover)
        elif since == (since := agent.free_since):
            return head
        else:
            heapreplace(idle, (rank, rule, since, ident, epoch, agent, cover))
    return None


def _unsteady_head(idle: list[IdleEntry], channel: ChannelPlan) -> IdleEntry | None:
    """The same of a heap by load, where entries of earlier epochs are dead."""
    while idle:
        _, share, since, _, epoch, agent, cover = head = idle[0]
        if epoch != agent.epochs.get(channel.id, 0):
            heappop(idle)
        elif not agent.free(channel):
            heappop(idle)
            agent.shares.pop(channel.id, None)
        elif since == agent.free_since and share == agent.load / agent.capacity:
            return head
        else:
            heapreplace(idle, current := entry_of(cover, agent))
            _note_share(current)
    return None


def entry_of(cover: Cover, agent: Agent) -> IdleEntry:
    """The agent's place in the heap of a signature, as of now."""
    signature, rank, rule = cover
    epoch = 0
    if signature.rule is ROUND_ROBIN_WINDOW:
        rule = len(agent.given)
    elif not signature.steady:
        rule = agent.load / agent.capacity
        epoch = agent.epochs.get(signature.channel, 0)
    return (rank, rule, agent.free_since, agent.id, epoch, agent, cover)


def _note_share(entry: IdleEntry) -> None:
    """Remember the greatest share of capacity that an agent's entries say."""
    signature, shares = entry[6][0], entry[5].shares
    if not signature.steady and signature.channel in shares:
        shares[signature.channel] = max(shares[signature.channel], entry[1])


def _enter_anew(agent: Agent, channel: str, share: float, covers: list[Cover]) -> None:
    epoch = agent.epochs[channel] = agent.epochs.get(channel, 0) + 1
    agent.shares[channel] = share
    for cover in covers:
        signature, rank, _ = cover
        entry = (rank, share, agent.free_since, agent.id, epoch, agent, cover)
        heappush(signature.idle, entry)
        if len(signature.idle) > signature.idle_limit:
            signature.idle = [
                entry for entry in signature.idle if entry[4] == entry[5].epochs.get(channel, 0)
            ]
            heapify(signature.idle)
            signature.idle_limit = 2 * len(signature.idle) + COMPACT_ABOVE
