"""What bringing files needs: one of them, and which of those on the disk are anybody's."""

from collections.abc import Collection
from typing import cast

from sqlalchemy import Connection, select

from gateway.domain.message import Attachment
from gateway.store.codec import CODECS
from gateway.store.schema import metadata

_attachment = metadata.tables["attachment"]


def file(connection: Connection, file_id: str) -> Attachment | None:
    """The file of this id; None when it is gone."""
    found = connection.execute(select(_attachment).where(_attachment.c.id == file_id)).first()
    return cast("Attachment", CODECS[Attachment].from_sql(tuple(found))) if found else None


def named(connection: Connection, hashes: Collection[str]) -> set[str]:
    """Those of these hashes that some attachment names, as its bytes or as its thumbnail."""
    columns = (_attachment.c.sha256, _attachment.c.thumbnail)
    return {
        found
        for column in columns
        for found in connection.execute(select(column).where(column.in_(hashes))).scalars()
    }
