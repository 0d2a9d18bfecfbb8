"""Write tips for a moment: prompt, model, check, one repair, and rules where no model answers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from tipbandit.callers import ANYONE, Caller
from tipbandit.context.assemble import assemble
from tipbandit.context.model import PromptContext
from tipbandit.contracts.generate import GenerateRequest, GenerateResponse, Usage
from tipbandit.contracts.generation_event import Considered, GeneratedTip, GenerationEvent
from tipbandit.contracts.tip import Tip
from tipbandit.errors import ModelUnavailableError, StoreUnavailableError, TokenCeilingError, UnavailableError
from tipbandit.ids import ENTROPY_BYTES, uuid7
from tipbandit.ports import Clock, Counter, Telemetry
from tipbandit.ports.generation import Ask, Completion, LanguageModel, Prompts, Turn
from tipbandit.prompts.prompt import Prompt
from tipbandit.tips.reading import merged, read
from tipbandit.usecases.asking import SHORTEST_CALL_S, Asker, Spent

MOST_PROBLEMS: Final = 20
"""Named to the model that is to mend them."""
_REPAIR: Final = (
    "Your answer breaks these rules:\n{problems}\n"
    "Answer again with all tips, mended: one JSON object as described above and nothing else."
)


Put = Callable[[Ask], Completion]
"""Put a question to the model on behalf of this request's user, within its deadline."""


@dataclass(frozen=True, slots=True)
class _Written:
    """The tips, and how they came about."""

    tips: tuple[Tip, ...]
    model: str
    dropped: int = 0
    repaired: bool = False
    degraded: bool = False


@dataclass(frozen=True, slots=True)
class _Made:
    """All that went into an answer."""

    request: GenerateRequest
    user_key: str
    prompt: Prompt
    context: PromptContext
    written: _Written
    spent: Spent
    started: float


@dataclass(frozen=True, slots=True)
class Generate:
    """The use case behind POST /generate."""

    prompts: Prompts
    asker: Asker
    rules: LanguageModel
    clock: Clock
    telemetry: Telemetry
    default_version: str

    def __call__(self, request: GenerateRequest, *, within_s: float, caller: Caller = ANYONE) -> GenerateResponse:
        """Return tips for a moment.

        Args:
            request: whose moment it is, what is known of it, and which prompt to use.
            within_s: when the answer must be there, in seconds.
            caller: on whose behalf.

        Raises:
            ForbiddenError: if the caller may not speak for the user.
            UnknownPromptError, InvalidPromptError, PromptsUnavailableError: if there is no prompt to use.
            TokenCeilingError: if the user has used up the day's tokens.
            UnavailableError: if no model gave a usable answer and the caller does not want tips written by rules.
        """
        started, user_key = self.clock.monotonic(), caller.key_of(request.user_id)
        version = request.prompt_version or self.default_version
        prompt = self.prompts.get(version)
        context = assemble(request.signals, request.profile_features, n=request.n)
        ask, spent = question(prompt, context), Spent()
        put = partial(self.asker.ask, user_key, about=version, ends=started + within_s, spent=spent)
        written, failure = self._by_model(version, ask, put)
        if failure is not None:
            if not request.fallback:
                raise failure
            written = self._by_rules(version, ask, written, failure)
        return self._answer(_Made(request, user_key, prompt, context, written, spent, started))

    def _by_model(self, version: str, ask: Ask, put: Put) -> tuple[_Written, UnavailableError | None]:
        """Ask the model, and once more if what was wrong with its answer left too few tips.

        Returns what it wrote, and why that is not enough where there is not a single tip.
        """
        try:
            completion = put(ask)
        except (ModelUnavailableError, StoreUnavailableError) as error:
            return _Written((), ""), error
        first = last = read(completion.text, ask.schema, version)
        wanting = first.problems and len(first.tips) < ask.n
        mended = self._mended(version, _repair(ask, completion, first.problems), put) if wanting else None
        if mended is not None:
            completion, last = mended, read(mended.text, ask.schema, version)
        self.telemetry.count(Counter.DROPPED, version, last.dropped)
        self.telemetry.count(Counter.REPAIRED, version, int(mended is not None))
        tips = merged([*last.tips, *first.tips])[: ask.n]
        failure = None if tips else ModelUnavailableError("the model's answers hold no tip that may be shown")
        return _Written(tips, completion.model, dropped=last.dropped, repaired=mended is not None), failure

    def _mended(self, version: str, ask: Ask, put: Put) -> Completion | None:
        """Ask for a repair; without one the first answer has to do."""
        try:
            return put(ask)
        except (UnavailableError, TokenCeilingError) as error:
            self.telemetry.warn("repair_failed", error, [version])
            return None

    def _by_rules(self, version: str, ask: Ask, written: _Written, failure: UnavailableError) -> _Written:
        """Have the rules write where the model did not."""
        self.telemetry.warn("tips_by_rules", failure, [version])
        completion = self.rules.complete(ask, within_s=SHORTEST_CALL_S)
        tips = read(completion.text, ask.schema, version).tips
        return replace(written, tips=tips, model=completion.model, degraded=True)

    def _answer(self, made: _Made) -> GenerateResponse:
        written, prompt = made.written, made.prompt
        answer = GenerateResponse(
            generation_id=uuid7(self.clock.now_ms(), self.clock.entropy(ENTROPY_BYTES)),
            tips=written.tips,
            prompt_version=prompt.template.version,
            prompt_hash=prompt.digest,
            model=written.model,
            degraded=written.degraded,
            dropped=written.dropped,
            usage=_usage(made.spent),
        )
        self.telemetry.count(Counter.BY_RULES, answer.prompt_version, int(answer.degraded))
        took_ms = round((self.clock.monotonic() - made.started) * 1000)
        self.telemetry.event(_event(made, answer, took_ms))
        return answer


def question(prompt: Prompt, context: PromptContext) -> Ask:
    """Return what a model is asked first."""
    return Ask(
        system=prompt.system,
        turns=(Turn("user", prompt.user(context)),),
        sampling=prompt.template.sampling,
        schema=prompt.template.output_schema,
        n=context.n,
        context=context,
    )


def _repair(ask: Ask, completion: Completion, problems: Sequence[str]) -> Ask:
    """Return the question that shows the model its answer and what was wrong with it."""
    said = "\n".join(f"- {problem}" for problem in problems[:MOST_PROBLEMS])
    answered = Turn("assistant", completion.text.strip() or "(nothing)")  # a blank turn is no turn
    return replace(ask, turns=(*ask.turns, answered, Turn("user", _REPAIR.format(problems=said))))


def _usage(spent: Spent) -> Usage:
    return Usage(input_tokens=spent.input_tokens, output_tokens=spent.output_tokens, cost_usd=spent.cost_usd)


def _event(made: _Made, answer: GenerateResponse, took_ms: int) -> GenerationEvent:
    context = made.context
    return GenerationEvent(
        generation_id=answer.generation_id,
        user_id=made.user_key,
        prompt_version=answer.prompt_version,
        prompt_hash=answer.prompt_hash,
        model=answer.model,
        n=made.request.n,
        tips=tuple(GeneratedTip(**tip.model_dump(exclude={"text", "prompt_version"})) for tip in answer.tips),
        considered=Considered(
            tasks=len(context.tasks),
            tasks_left_out=context.tasks_left_out,
            reactions=len(context.reactions),
            reactions_left_out=context.reactions_left_out,
            notes=len(context.notes),
            notes_left_out=context.notes_left_out,
        ),
        usage=answer.usage,
        calls=made.spent.calls,
        repaired=made.written.repaired,
        dropped=answer.dropped,
        degraded=answer.degraded,
        took_ms=took_ms,
    )
