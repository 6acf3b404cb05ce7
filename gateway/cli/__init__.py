"""The `parley` command, one file per family of verbs, each loaded only when it is called."""

from gateway.cli.lazy import LazyGroup, Verb, make_app

# In the order of `parley --help`: what runs, what is configured, what is computed, what is kept.
VERBS = (
    Verb("serve", "gateway.cli.serve:serve", "Run one node; SIGTERM drains and stops it."),
    Verb("demo", "gateway.cli.demo:demo", "Serve the demo desk with its sandbox."),
    Verb("check", "gateway.cli.check:check", "Tell every fault of a configuration at once."),
    Verb(
        "config", "gateway.cli.rulebook:app", "The rulebook: plan, apply, history, rollback, keys."
    ),
    Verb("adapters", "gateway.cli.adapters:adapters", "What is installed."),
    Verb("new-adapter", "gateway.cli.scaffold:new_adapter", "Write the files of an adapter."),
    Verb("verify-adapter", "gateway.cli.adapters:verify", "Run an adapter's test kit."),
    Verb("normalize", "gateway.cli.normalize:normalize", "What Parley makes of raw deliveries."),
    Verb("render", "gateway.cli.words:render", "Word a template."),
    Verb("words", "gateway.cli.wordbook:app", "What people saved for templates to say."),
    Verb("courtesy", "gateway.cli.courtesy:courtesy", "What to mend before a customer reads it."),
    Verb("clock", "gateway.cli.compute:clock", "Response-time arithmetic over cases."),
    Verb("simulate", "gateway.cli.compute:simulate", "The routing engine over a trace."),
    Verb("replay", "gateway.cli.replay:replay", "Recorded traffic by another configuration."),
    Verb("classify", "gateway.cli.classify:classify", "What texts are about, and how angry."),
    Verb("train", "gateway.cli.classify:learn", "Weights for `classify`, from examples."),
    Verb("corrections", "gateway.cli.classify:corrections", "What agents corrected, to train by."),
    Verb("explain", "gateway.cli.explain:explain", "Why a conversation is where it is."),
    Verb("stream", "gateway.cli.stream:stream", "Events as CloudEvents, one a line."),
    Verb("report", "gateway.cli.report:app", "Figures of a span of time, a line each."),
    Verb("audit", "gateway.cli.audit:audit", "Prove the store's promises."),
    Verb("backup", "gateway.cli.backup:save", "Copy the whole store, while nodes run."),
    Verb("restore", "gateway.cli.backup:restore", "Bring a backup into an empty place."),
    Verb("dead", "gateway.cli.dead:app", "What could not be delivered or read."),
    Verb("sending", "gateway.cli.sending:app", "Pause what goes out to customers; resume it."),
    Verb("webhooks", "gateway.cli.webhooks:app", "Integrators' endpoints that are told of events."),
    Verb("user", "gateway.cli.people:users", "People who sign in."),
    Verb("token", "gateway.cli.people:tokens", "Programs' keys."),
    Verb("bench", "gateway.cli.bench:bench", "The benchmarks, beside the raw limit."),
)


class Parley(LazyGroup):
    """All verbs."""

    verbs = VERBS


app = make_app(Parley)


def main() -> None:
    """Run the command line; the console script's entry point."""
    app()
