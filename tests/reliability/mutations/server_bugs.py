"""Bugs planted in the server."""

from __future__ import annotations

from tests.reliability.mutations.bug import MODEL_HISTORIES, Bug, bug, pytest

SYNC = "inspect_server/sync/services/push.py"
UPLOADS = "inspect_server/photos/services/uploads.py"
UPLOAD_ROWS = "inspect_server/photos/services/upload_rows.py"
MOVES = "inspect_server/tasks/services/moves.py"

SERVER_BUGS: tuple[Bug, ...] = (
    bug(
        "ack-before-commit",
        "I2",
        MODEL_HISTORIES,
        (
            "inspect_server/core/database.py",
            'failpoints.reach("commit.published")\n        session.commit()',
            'failpoints.reach("commit.published")\n'
            # As when the process dies between the answer and the commit.
            '        session.info["nth"] = nth = session.get_bind().__dict__.get("nth", 0) + 1\n'
            '        session.get_bind().__dict__["nth"] = nth\n'
            "        session.rollback() if nth % 9 == 0 else session.commit()",
        ),
    ),
    bug(
        "cursor-from-a-plain-sequence",
        "I4",
        pytest("tests/integration/sync/test_pull.py", "-k", "committed_last and postgresql"),
        (
            "inspect_server/core/change_log.py",
            '    end = connection.execute(_BUMP, {"by": len(latest)}).scalar_one()\n',
            "    with session.get_bind().connect() as at_once:\n"
            '        end = at_once.execute(_BUMP, {"by": len(latest)}).scalar_one()\n'
            "        at_once.commit()\n",
        ),
    ),
    bug(
        "hash-of-other-bytes",
        "I9",
        MODEL_HISTORIES,
        (UPLOADS, "        if digest != creation.sha256:\n", "        if not digest:\n"),
        ("media/store.py", "    if signed != declared:\n", "    if not signed:\n"),
    ),
    bug(
        "no-savepoint-per-op",
        "I5",
        pytest("tests/reliability/test_batches.py", "-k", "sqlite"),
        (
            SYNC,
            "        with context.session.begin_nested():\n            return _apply(",
            "        if True:\n            return _apply(",
        ),
    ),
    bug(
        "one-refused-op-spoils-the-batch",
        "I5",
        MODEL_HISTORIES,
        (
            SYNC,
            "    except Problem as problem:\n        stale =",
            "    except Problem as problem:\n        raise\n        stale =",
        ),
    ),
    bug(
        "no-generation-fence",
        "I3",
        pytest("tests/integration/photos/test_uploads_interrupted.py", "-k", "sqlite"),
        (
            UPLOAD_ROWS,
            "newer = claim.generation is not None and upload.generation != claim.generation",
            "newer = False",
        ),
        (
            UPLOAD_ROWS,
            "        if newer or upload.offset != claim.offset:\n",
            "        if newer:\n",
        ),
    ),
    bug(
        "row-before-the-bytes",
        "I9",
        pytest("tests/integration/photos/store_down/test_uploads.py"),
        (
            UPLOADS,
            '                failpoints.reach("store.put")\n',
            '                failpoints.reach("store.put")\n'
            "                self._write_tx(partial(settle, facts=facts))\n",
        ),
    ),
    bug(
        "duplicate-gets-a-new-result",
        "I3",
        MODEL_HISTORIES,
        (
            SYNC,
            '        return _result(op, OpStatus.DUPLICATE, earlier.answer["version"], declared)\n',
            "        return _result(op, OpStatus.CONFLICT, None, declared)\n",
        ),
    ),
    bug(
        "receipts-for-anybody",
        "I7",
        pytest("tests/integration/sync/test_receipts.py", "-k", "sqlite"),
        (
            "inspect_server/sync/services/receipts.py",
            "            ReceivedOp.op_id.in_(query.ops), ReceivedOp.person_id == actor.id\n",
            "            ReceivedOp.op_id.in_(query.ops)\n",
        ),
    ),
    bug(
        "refused-op-is-shown-to-nobody",
        "I7",
        MODEL_HISTORIES,
        (
            SYNC,
            "    _quarantine(context, incoming, problem)\n"
            "    return _result(op, status, None, kept_photos, **answer)\n",
            "    return _result(op, status, None, kept_photos, **answer)\n",
        ),
    ),
    bug(
        "correction-not-rebased",
        "I5",
        MODEL_HISTORIES,
        (
            SYNC,
            "    return replace(op, base_version=version)\n",
            "    return op\n",
        ),
    ),
    bug(
        "move-applied-twice",
        "I3",
        MODEL_HISTORIES,
        (
            MOVES,
            "    else:\n        _take(session, reference, task, step, request, move, now)\n",
            "    else:\n        _take(session, reference, task, step, request, move, now)\n"
            "        task.state = TaskState.HANDLING\n"
            "        _take(session, reference, task, step, request, move, now)\n",
        ),
    ),
    bug(
        "move-applied-before-its-photos",
        "I11",
        MODEL_HISTORIES,
        (
            MOVES,
            "    if evidence and not photos.is_settled(evidence):\n",
            "    if not evidence and not photos.is_settled(evidence):\n",
        ),
        (MOVES, "        if evidence:\n", "        if not evidence:\n"),
    ),
    bug(
        "task-waits-for-one-photo-only",
        "I11",
        MODEL_HISTORIES,
        (
            "inspect_server/tasks/services/photo_events.py",
            "    settled = all(state in photos.SETTLED for state in states)\n",
            "    settled = any(state in photos.SETTLED for state in states)\n",
        ),
    ),
    bug(
        "half-a-record-shown-as-whole",
        "I11",
        MODEL_HISTORIES,
        (
            "inspect_server/tasks/services/observations.py",
            "    if all(photo.state is PhotoState.STORED for photo in declared):\n",
            "    if declared is not None:\n",
        ),
    ),
    bug(
        "reporter-not-notified",
        "I4",
        MODEL_HISTORIES,
        (
            "inspect_server/tasks/services/transitions.py",
            "    change_log.note("
            "session, Collection.OBSERVATIONS, task.observation_id, [reporter])\n",
            "",
        ),
    ),
    bug(
        "no-copies-ordered",
        "I2",
        MODEL_HISTORIES,
        (
            "inspect_server/photos/services/photos.py",
            "    job_queue.order(session, DERIVE_JOB, photo.id, now)\n",
            "",
        ),
    ),
    bug(
        "restore-keeps-the-epoch",
        "I12",
        pytest("tests/reliability/test_restore.py", "-k", "machine_is_lost"),
        (
            "inspect_server/operations/backup.py",
            "    epoch = secrets.token_hex(8)\n",
            "    epoch = backup.epoch\n",
        ),
    ),
)
