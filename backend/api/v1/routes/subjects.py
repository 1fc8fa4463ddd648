"""Subjects of version 1: names and labels for the subjects of usage events."""

from typing import Annotated

from fastapi import APIRouter, Body, Path

from backend.api.deps import Reading, Writing
from backend.api.v1.wire.subjects import SubjectOut, SubjectUpsert, to_wire
from backend.api.wire import WireRoute
from backend.customers import subjects

router = APIRouter(prefix="/api/v1/subjects", tags=["Subjects"], route_class=WireRoute)
IdOrKey = Annotated[str, Path(alias="subjectIdOrKey", min_length=1, max_length=1024)]


@router.post("", operation_id="upsertSubject")
def upsert_subjects(ctx: Writing, body: Annotated[list[SubjectUpsert], Body(max_length=1000)]) -> list[SubjectOut]:
    """Create or change subjects by their keys; a field left out stays as it is."""
    return [to_wire(subject) for subject in subjects.upsert(ctx, [wanted.from_wire() for wanted in body])]


@router.get("", operation_id="listSubjects")
def list_subjects(ctx: Reading) -> list[SubjectOut]:
    """Every subject that something is known about."""
    return [to_wire(subject) for subject in subjects.list_subjects(ctx)]


@router.get("/{subjectIdOrKey}", operation_id="getSubject")
def get_subject(ctx: Reading, id_or_key: IdOrKey) -> SubjectOut:
    """One subject."""
    return to_wire(subjects.get(ctx, id_or_key))


@router.delete("/{subjectIdOrKey}", operation_id="deleteSubject", status_code=204)
def delete_subject(ctx: Writing, id_or_key: IdOrKey) -> None:
    """Forget a subject; its events and its customer stay."""
    subjects.delete(ctx, id_or_key)
