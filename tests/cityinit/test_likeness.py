"""Pictures known again after a crop; the whole measurement is bench/old_photos.py."""

import random
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from bench.old_photos import PROMISED, SECOND, TIDY, jpeg, measure, scene, sent_again, shot
from cityinit.images import read_photo
from cityinit.likeness import BITS, PARTS, Sought, fingerprint, likest, parts, whole


def test_what_is_promised_is_found_and_fresh_shots_of_the_same_places_are_not():
    tally = measure(6, seed=5, ways=PROMISED)

    assert {name: tally.found[name] for name in PROMISED} == dict.fromkeys(PROMISED, 6)
    assert {name: tally.false[name] for name in (*PROMISED, SECOND, TIDY)} == dict.fromkeys(
        (*PROMISED, SECOND, TIDY), 0
    )


def test_the_crop_may_have_been_used_first_and_the_whole_picture_later():
    whole_one = Image.open(jpeg(shot(scene(7), 7), quality=90))
    crop = read_photo(sent_again(whole_one, PROMISED["cropped to the limit"], 3))
    later = read_photo(jpeg(whole_one))
    sought = Sought(_thumb(later))

    [(key, at)] = likest(sought, [("crop", crop.fingerprint)])

    assert (key, sought.shows(_thumb(crop), at=at)) == ("crop", True)


@pytest.mark.parametrize("colour", ["white", "black", "firebrick"])
def test_a_picture_with_nothing_in_it_has_no_fingerprint(colour):
    assert fingerprint(Image.new("RGB", (320, 240), colour)) == ""


@pytest.mark.parametrize("size", [(1, 1), (2, 300), (300, 2), (9, 9), (20, 15)])
def test_the_smallest_pictures_do_no_harm(size):
    noise = Image.frombytes("L", size, random.Random(1).randbytes(size[0] * size[1]))
    sought = Sought(noise)

    near = likest(sought, [("itself", fingerprint(noise) or "0" * 36)])

    assert [sought.shows(noise, at=at) in (True, False) for _key, at in near] == [True] * len(near)


@given(st.integers(0, 2**BITS - 1))
def test_a_fingerprint_is_dealt_out_to_parts_and_put_together_again(bits):
    known = f"{bits:036x}"

    assert len(parts(known)) == PARTS
    assert max(parts(known)) < 2**24
    assert whole(parts(known)) == known


def test_of_many_near_ones_only_so_many_are_looked_at():
    sought = Sought(_thumb(read_photo(jpeg(shot(scene(7), 7)))))
    middle = fingerprint(sought.picture)

    near = likest(sought, [(number, middle) for number in range(30)])

    assert [key for key, _at in near] == list(range(12))


def _thumb(photo):
    return Image.open(BytesIO(photo.thumb))
