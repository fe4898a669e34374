"""What belongs to one request is put together, and what becomes of an answer is told in its time."""

import heapq
import math
from bisect import bisect_right
from collections import Counter, OrderedDict
from collections.abc import Callable
from typing import Any

from penstock.events.readers.telemetry.decided import candidates
from penstock.events.readers.telemetry.forms import STATUS, Event
from penstock.events.readers.telemetry.habits import Users
from penstock.events.readers.telemetry.rows import (
    KINDS,
    NAN,
    PLAIN,
    Row,
    number,
    outcome,
    rewarded,
    text,
    whose,
)
from penstock.events.readers.telemetry.terms import Asked, Session, Terms
from penstock.events.texts import text_id
from penstock.events.types.llm import RATING, TASK, THUMB

RANK = {
    "registry_update": 0, "budget_event": 1, "quota_event": 2, "probe": 3, "system_sample": 4, "request_received": 5,
    "decision": 6, "model_selected": 7, "first_token": 8, "completed": 9, "feedback": 10, "reward": 11,
}  # fmt: skip
NEVER = 1 << 62


class Joiner:
    """Events of any order within the lateness to rows in order of time.

    Attributes
    ----------
    cases
        How many events were late, came twice, named no known request, and how many answers had not matured.
    aside
        Events that are no rows, with the reason; whoever reads them clears it.
    """

    def __init__(self, terms: Terms, registry: Callable[[str], list[Event]] | None = None) -> None:
        self.terms = terms
        self.registry = registry
        self._introduced: set[str] = set()
        self.cases: Counter[str] = Counter()
        self._waiting: list[tuple[int, int, int, Event]] = []
        self._due: list[tuple[int, int, str, Any]] = []
        self._asked: OrderedDict[str, Asked] = OrderedDict()
        self._sessions: dict[str, Session] = {}
        self._users = Users()
        self.aside: list[tuple[str, Event]] = []
        self._rows: list[Row] = []
        self._tell = self._rows.append
        self._count = 0
        self._newest = self._told = -NEVER
        self._ripens = NEVER  # before then there is nothing to tell or to forget
        self._told_by = {name: getattr(self, f"_{name}") for name in RANK if name not in PLAIN}

    def take(self, event: Event) -> str | None:
        """Admit an event; a reason where it is kept aside."""
        time = event["ts"]
        if time < self._told:
            self.cases["late"] += 1
            return "late event"
        self._count += 1
        self._waiting.append((time, RANK[event["type"]], self._count, event))
        self._newest = max(self._newest, time)
        return None

    def rows(self, *, end: bool = False, until: int | None = None) -> list[Row]:
        """The rows that are settled; `aside` has what is kept aside meanwhile.

        At the end all that was admitted is, and what is due by then or by ``until``.
        """
        if until is None:
            until = self._newest if end else self._newest - int(self.terms.lateness)
        self._waiting.sort()  # nearly in order, and no two have one count
        settled = bisect_right(self._waiting, (until + 1,))
        for time, _, _, event in self._waiting[:settled]:
            if time >= self._ripens:
                self._ripe(time)
            told = self._told_by.get(event["type"])
            if told is None:
                self._tell((PLAIN[event["type"]], time, event))
            else:
                told(time, event)
        del self._waiting[:settled]
        self._ripe(until)
        self._told = max(self._told, until)
        if end:
            self.cases["immature"] += sum(kind == "mature" for _, _, kind, _ in self._due)
        rows, self._rows[:] = self._rows.copy(), ()
        return rows

    def _after(self, time: int, kind: str, of: Any) -> None:
        self._count += 1
        heapq.heappush(self._due, (time, self._count, kind, of))
        self._ripens = min(self._ripens, time)

    def _ripe(self, until: int) -> None:
        while self._due and self._due[0][0] <= until:
            time, _, kind, of = heapq.heappop(self._due)
            if kind == "mature":
                self._tell(outcome(time, of, 1, of.regenerated))
                self._tell(outcome(time, of, 2, of.copied))
                if self.terms.similar is not None:
                    self._tell(outcome(time, of, 3, of.followed))
            elif kind == "judge":
                self._judge(time, of)
            elif kind in ("llm_model", "llm_prompt"):
                self._tell((kind, time, of))
            elif of.ends == time and self._sessions.get(of.last.user) is of:
                del self._sessions[of.last.user]
                lost = of.given_up or of.last.end is None or not of.last.touched
                self._tell(outcome(time, of.last, 4, lost))
                self._tell(self._users.profile(time, of, lost=lost))
        memory, oldest = int(self.terms.memory), next(iter(self._asked.values()), None)
        while oldest is not None and oldest.came < until - memory:
            self._asked.popitem(last=False)
            oldest = next(iter(self._asked.values()), None)
        # nothing is to be done before the first that is due, or the oldest request is forgotten
        self._ripens = self._due[0][0] if self._due else NEVER
        if oldest is not None:
            self._ripens = min(self._ripens, oldest.came + memory + 1)

    def _known(self, event: Event, case: str, mark: Any) -> Asked | None:
        """The request that an event names, unless it is unknown or the event came before."""
        asked = self._asked.get(str(event.get("request_id")))
        if asked is None:
            self.cases[f"{case} without request"] += 1
        elif mark in asked.seen:
            self.cases[f"{case} twice"] += 1
            return None
        else:
            asked.seen.add(mark)
        return asked

    def _request_received(self, time: int, event: Event) -> None:
        name = text(event, "request_id")
        if not name or name in self._asked:
            self.cases["request twice" if name else "request without id"] += 1
            self.aside.append(("duplicate request" if name else "empty id", event))
            return
        user, task = str(event.get("user_id") or ""), str(event.get("task_type") or "")
        asked = Asked(name, user, text_id(task), time, event.get("prompt") or "", said=event)
        self._asked[name] = asked
        self._ripens = min(self._ripens, time + int(self.terms.memory) + 1)
        session = self._sessions.get(user)
        if session is not None and session.last.end is not None:
            self._reply(time, session.last, asked)
        if session is None:
            session = self._sessions[user] = Session(time, 0, asked, requests=0)
        session.requests += 1
        session.length += len(asked.prompt)
        session.last = asked
        session.ends = min(time + int(self.terms.gap), session.began + int(self.terms.memory))
        self._after(session.ends, "session", session)
        self._tell(("llm_request", time, {"user": user, **event}))
        if self.terms.encodes is not None:
            told = {"request": name, "user": user, "task": task, "prompt": asked.prompt}
            self._after(time + int(self.terms.encodes), "llm_prompt", told)

    def _reply(self, time: int, last: Asked, asked: Asked) -> None:
        after = time - (last.end or time)
        last.touched = last.touched or after <= int(self.terms.waits)
        if after <= int(self.terms.gap):
            self._tell(("llm_reply", time, {**whose(last), "after": after / 1e9}))
        similar = self.terms.similar
        if similar is not None and after <= int(self.terms.follows):
            last.followed = similar(last.prompt, asked.prompt) >= self.terms.least

    def _model_selected(self, time: int, event: Event) -> None:
        asked = self._known(event, "selection", ("selected", event.get("attempt", 1)))
        if asked is None:
            self.aside.append(("no such request, or again", event))
            return
        asked.model, asked.sent, asked.first = str(event.get("model_id") or ""), time, None
        self._introduce(time, asked.model)
        version = text(event, "features_version")
        told = {"propensity": number(event.get("propensity")), "version": version}
        self._tell(("llm_selection", time, {**whose(asked), **told}))

    def _decision(self, time: int, event: Event) -> None:
        found, reason = candidates(event)
        if reason:
            self.cases[f"decision: {reason}"] += 1
            self.aside.append((reason, event))
            return
        asked = self._known(event, "decision", "decided")
        if asked is None:
            self.aside.append(("no such request, or again", event))
            return
        told = {"version": text(event, "features_version"), "policy": text(event, "policy")}
        choice = str(event["model_id"])
        for row in found:
            who = {"request": asked.id, "user": asked.user, "model": row["model"]}
            mine = {**who, **told, **row, "chosen": int(row["model"] == choice)}
            self._tell(("llm_decision", time, mine))
        share = next(row["propensity"] for row in found if row["model"] == choice)
        asked.decided = {"time": time, "model": choice, "propensity": share, **told}

    def _reward(self, time: int, event: Event) -> None:
        value = number(event.get("value"))
        asked = self._asked.get(str(event.get("request_id")))
        if asked is None or asked.decided is None or asked.rewarded or math.isnan(value):
            case = "twice" if asked is not None and asked.rewarded else "without decision"
            self.cases[f"reward {'without value' if math.isnan(value) else case}"] += 1
            self.aside.append(("no such decision, or again", event))
            return
        self._tell(rewarded(time, asked, value))

    def _judge(self, time: int, asked: Asked) -> None:  # of an answer that has matured
        value = math.nan if asked.rewarded else self.terms.judge(asked)
        if not math.isnan(value):
            self._tell(rewarded(time, asked, value))

    def _introduce(self, time: int, model: str) -> None:
        """What a registry says of a model when it is first met; what it says of later comes then."""
        if self.registry is None or not model or model in self._introduced:
            return
        self._introduced.add(model)
        for update in self.registry(model):
            if update["ts"] <= time:
                self._tell(("llm_model", time, update))
            else:
                self._after(update["ts"], "llm_model", update)

    def _first_token(self, time: int, event: Event) -> None:
        asked = self._known(event, "first token", ("first", event.get("attempt", 1)))
        if asked is None or asked.end is not None:
            self.aside.append(("no such request, or again", event))
            return
        asked.first = time
        sent = asked.came if asked.sent is None else asked.sent
        self._tell(("llm_first_token", time, {**whose(asked), "wait": (time - sent) / 1e6}))

    def _completed(self, time: int, event: Event) -> None:
        attempt = int(event.get("attempt") or 1)
        asked = self._known(event, "completion", ("completed", attempt))
        if asked is None:
            self.aside.append(("no such request, or again", event))
            return
        asked.model = str(event.get("model_id") or asked.model)
        self._introduce(time, asked.model)
        sent = asked.came if asked.sent is None else asked.sent
        status = event.get("status", "ok")
        code = status if isinstance(status, int) else STATUS.get(str(status), 1)
        first = NAN if asked.first is None else (asked.first - sent) / 1e6
        if code == 0:
            asked.end = time
            self._after(time + int(self.terms.matures), "mature", asked)
        if asked.decided is not None:
            self._after(time + int(self.terms.matures), "judge", asked)
        told = {
            **whose(asked), "task": asked.task, "status": code, "attempt": attempt, "latency": (time - sent) / 1e6,
            "first_token": first, "input_tokens": number(event.get("in_tokens")),
            "output_tokens": number(event.get("out_tokens")), "cost": number(event.get("cost_usd")),
        }  # fmt: skip
        self._tell(("llm_completion", time, told))

    def _feedback(self, time: int, event: Event) -> None:
        kind, value = KINDS.get(str(event.get("kind")), 0), number(event.get("value"))
        if not kind:
            self.aside.append(("unknown feedback", event))
            return
        asked = self._known(event, "feedback", (kind, value, time))
        if asked is None:
            if str(event.get("request_id")) in self._asked or not event.get("model_id"):
                self.aside.append(("no such request, or again", event))
                return
            # after the session: it counts when it comes, and nothing that was served is written anew
            names = {"user": str(event.get("user_id") or ""), "model": str(event["model_id"])}
            told = {"request": str(event.get("request_id")), **names, "delay": NAN}
        else:
            self._touch(time, asked, kind, value)
            delay = NAN if asked.end is None else max(0, time - asked.end) / 1e9
            told = {**whose(asked), "delay": delay}
        # a task that is complete says no more
        done = 1.0 if kind == TASK and math.isnan(value) else value
        self._tell(("llm_feedback", time, {**told, "kind": kind, "value": done}))

    def _touch(self, time: int, asked: Asked, kind: int, value: float) -> None:
        if kind == RATING and 1.0 <= value <= 5.0:
            asked.stars = value
        elif kind == THUMB and value in (0.0, 1.0):
            asked.thumb = value
        asked.regenerated |= kind == 3
        asked.copied |= kind == 4
        if asked.end is not None and time - asked.end <= int(self.terms.waits):
            asked.touched = True
        session = self._sessions.get(asked.user)
        if session is not None:
            session.given_up |= kind == 6
            session.again += kind == 3
            session.rated += kind in (RATING, THUMB)
