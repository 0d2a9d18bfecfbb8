"""The picture of a decision."""

import struct
from pathlib import Path

import numpy as np
from matplotlib.image import imread
from tests.gate.synthetic import Run
from tests.report.decisions import EVERYBODY, WORSE, decision

from tipbandit_lab.gate.criteria import Criteria
from tipbandit_lab.report import picture
from tipbandit_lab.report.palette import CANDIDATE

_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def drawn(path: Path, run: Run | None = None, criteria: Criteria | None = None) -> bytes:
    picture.draw(path, decision(run).evidence, criteria)
    return path.read_bytes()


def test_the_picture_is_a_png_1200_pixels_wide_and_the_same_each_time(tmp_path: Path) -> None:
    found = drawn(tmp_path / "a.png")
    assert found[:8] == _SIGNATURE
    width, height = struct.unpack(">II", found[16:24])
    assert width == 1200
    assert 600 < height < 1200
    assert drawn(tmp_path / "b.png") == found
    assert b"Software" not in found  # whose version would change it


def test_every_part_of_the_picture_is_drawn(tmp_path: Path) -> None:
    drawn(tmp_path / "a.png")
    pixels = np.rint(255 * imread(tmp_path / "a.png")[:, :, :3]).astype(int)
    height = len(pixels)
    curves, daily, forest = pixels[: height // 2, :600], pixels[-height // 3 :, :600], pixels[height // 4 :, 700:]
    for part in (curves, daily, forest):
        blue = [int(CANDIDATE.light[place : place + 2], 16) for place in (1, 3, 5)]
        assert np.count_nonzero((part == blue).all(axis=-1)) > 200


def test_the_picture_shows_what_was_measured_and_asked(tmp_path: Path) -> None:
    usual = drawn(tmp_path / "a.png")
    assert drawn(tmp_path / "b.png", Run(levels=EVERYBODY, gain=WORSE)) != usual
    assert drawn(tmp_path / "c.png", criteria=Criteria(margin=0.1)) != usual
