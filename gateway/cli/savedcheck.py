"""What a configuration's database knows against it: words that people saved over its files."""

from collections.abc import Iterator, Sequence

from sqlalchemy.exc import SQLAlchemyError

from config import Fault, Loaded
from config.faults import dotted
from gateway.cli.configuration import words_of
from gateway.cli.console import say
from gateway.cli.wordbook import contradictions
from gateway.domain.savedwords import SavedWords
from gateway.pipeline.wordbook import wording_of
from gateway.registry import Registry
from gateway.store.engines import reading
from gateway.store.errors import StoreError
from gateway.store.migrate import is_ours
from gateway.store.queries import savedwords
from gateway.store.sqlite import PREFIX, path_of
from templates import Catalog, Origin
from templates.saved import mark_of


def with_saved_words(found: Loaded, registry: Registry) -> Loaded:
    """A sound directory with what goes ill with saved words, where its database is at hand.

    Files that saved words hide are warned of: what was saved rules, whatever they say.
    """
    rows = _saved(found) if not found.faults else []
    if not rows:
        return found
    files, _ = words_of(found.directory, registry)
    hidden = tuple(_hidden(found, files, rows))
    faults = tuple(
        Fault(str(found.directory), 0, dotted(path), f"{what} (as saved)", what_to_do)
        for path, what, what_to_do, _ in contradictions(found.rulebook, files, rows)
    )
    return found._replace(faults=faults, warnings=(*found.warnings, *hidden))


def _saved(found: Loaded) -> Sequence[SavedWords]:
    """What was saved at this desk; nothing where no store is, or none answers."""
    database = found.settings.database()
    if database.startswith(PREFIX) and not path_of(database).exists():
        return []
    try:
        with reading(database).connect() as connection:
            if not is_ours(connection):
                return []
            return savedwords.newest(connection, found.rulebook.desk.id)
    except (SQLAlchemyError, StoreError) as error:
        why = str(error.args[0]).partition("\n")[0]
        say(f"parley: the store cannot be read, so saved words were not looked at: {why}")
        return []


def _hidden(found: Loaded, files: Catalog, rows: Sequence[SavedWords]) -> Iterator[Fault]:
    for row in rows:
        said, filed = wording_of(row), files.worded(row.name, row.locale)
        if row.content and said is None:
            what = f"the words of {row.name} in {row.locale} that {row.by} saved are not sound"
            cure = "mend them in the console; the files' are said until then"
            yield Fault(str(found.words), 0, "", what, cure)
        elif said is not None and filed is not None and filed.origin is Origin.FOLDER:
            if mark_of(filed) == mark_of(said):
                continue
            file = found.words / row.locale / f"{row.name}.md"
            what = f"is not said: {row.by} saved other words in the console, version {row.version}"
            cure = "compare them there, or write them here by `parley words export`"
            yield Fault(str(file), 0, "", what, cure)
