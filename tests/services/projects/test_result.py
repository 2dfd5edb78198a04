"""The photo of the result: a picture that everybody sees, and that another person has looked at."""

from services.errors import NotAllowed
from services.projects import documents
from services.projects.building import PhotoNeeded
from tests.services.projects.hall import Hall
from tests.services.projects.test_work import Doing

JPEG = b"\xff\xd8\xff\xe0 a picture"


async def test_the_result_is_a_picture_for_everybody(hall: Hall) -> None:
    do, operator = Doing(hall), await hall.staff("operator")
    project_id = await hall.plant("implementation")
    result = {"project_id": project_id, "by": operator, "kind": "photo_after", "title": "Benches"}
    await do.refused(PhotoNeeded, documents.add, text="Believe me", **result)
    await do.refused(PhotoNeeded, documents.add, file=b"%PDF", file_name="photo.jpg", **result)
    picture = {"file": JPEG, "file_name": "photo.jpg"}
    await do.refused(PhotoNeeded, documents.add, commercial=True, **picture, **result)
    await do(documents.add, **picture, **result)
    assert (await hall.facts(project_id)).photo_after == 0


async def test_another_person_accepts_the_picture_of_the_result(hall: Hall) -> None:
    do, operator = Doing(hall), await hall.staff("operator")
    project_id = await hall.plant("implementation")
    photo = await do(
        documents.add, project_id=project_id, by=operator, kind="photo_after", title="Benches",
        file=JPEG, file_name="photo.jpg",
    )  # fmt: skip
    await do.refused(NotAllowed, documents.accept, document_id=photo, by=operator)
    await do.refused(NotAllowed, documents.accept, document_id=photo, by=await hall.person())
    await do(documents.accept, document_id=photo, by=await hall.staff("official"))
    assert (await hall.facts(project_id)).photo_after == 1
