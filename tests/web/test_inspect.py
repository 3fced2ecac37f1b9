"""Uploads get the answers that the library gives."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from photoloupe import Inspector
from tests.conftest import EXAMPLES
from tests.web.conftest import Served


def test_many_clients_at_once_get_the_library_s_answers(served: Served) -> None:
    photos = sorted(EXAMPLES.glob("*.jpg"))
    expected = {r.path: r.to_dict() for r in Inspector().stream(map(str, photos))}

    def ask(number: int) -> None:
        photo = photos[number % len(photos)]
        files = {"files": (photo.name, photo.read_bytes())}
        (report,) = served.client.post("/v1/inspect", files=files).json()["photos"]
        assert report == {**expected[str(photo)], "path": photo.name}

    with ThreadPoolExecutor(16) as pool:
        for done in [pool.submit(ask, number) for number in range(90)]:
            done.result()
    metrics = served.client.get("/metrics").text
    runs, asked = (
        float(line.split()[1])
        for name in ("photoloupe_batch_photos_count", "photoloupe_batch_photos_sum")
        for line in metrics.splitlines()
        if line.startswith(name)
    )
    assert runs < asked, "no two photos ever went to the nets together"
