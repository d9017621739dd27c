// Photos before they travel: hashed and asked for time and place as the camera wrote them, then shrunk.
// Nothing here needs a secure page: on plain HTTP the browser has no digest of its own.
(() => {
  "use strict";
  const EDGE = 2048;
  const QUALITY = 0.85;
  // Below this, shrinking costs more than it saves.
  const SMALL = 400 * 1024;
  // A picture is unpacked whole to be shrunk; a phone has no room for more than this.
  const MOST_PIXELS = 50e6;
  const PIECE = 1 << 20;

  const digest = async (blob) => {
    const hash = window.sha256.create();
    for (let at = 0; at < blob.size; at += PIECE) {
      hash.update(await blob.slice(at, at + PIECE).arrayBuffer());
    }
    return hash.hex();
  };

  // When it was taken, digitised, written, and the zone of each, as cityinit/images.py reads them; by their numbers, since
  // the exifr that is here knows no names.
  const MOMENTS = [[0x9003, 0x9011], [0x9004, 0x9012], [0x0132, 0x9010]];
  const FIRST_YEAR = 1990;
  const ZONE = /^[+-](0\d|1[0-4]):[0-5]\d/;

  // "2026:07:03 16:20:11" and "+08:00" as ISO; without a zone it is the phone's own clock that was read.
  const moment = (tags) => {
    for (const [at, zone] of MOMENTS) {
      const written = String(tags[at] ?? "").match(/^(\d{4}):(\d\d):(\d\d) (\d\d:\d\d:\d\d)/);
      if (!written || Number(written[1]) < FIRST_YEAR) continue;
      const iso = `${written[1]}-${written[2]}-${written[3]}T${written[4]}`;
      const parsed = new Date(`${iso}Z`);
      // The thirtieth of February is no day, and browsers make one of it.
      if (Number.isNaN(parsed.getTime()) || parsed.toISOString().slice(0, iso.length) !== iso) continue;
      const told = String(tags[zone] ?? "").match(ZONE);
      return told ? iso + told[0] : new Date(iso).toISOString();
    }
    return "";
  };

  const readSource = async (file) => {
    const told = { sha256: await digest(file), taken_at: "", latitude: "", longitude: "" };
    try {
      const options = { tiff: true, exif: true, gps: true, reviveValues: false, mergeOutput: true };
      const tags = (await window.exifr.parse(file, options)) || {};
      told.taken_at = moment(tags);
      // 0, 0 is what cameras write that know no place.
      if (Number.isFinite(tags.latitude) && Number.isFinite(tags.longitude) && (tags.latitude || tags.longitude)) {
        told.latitude = tags.latitude.toFixed(6);
        told.longitude = tags.longitude.toFixed(6);
      }
    } catch {
      // Not a JPEG, or its EXIF is damaged: the server looks for itself.
    }
    return told;
  };

  // Width and height as a JPEG's or PNG's head says them; null where it says nothing we can read.
  const sizeOf = async (file) => {
    const head = new DataView(await file.slice(0, 256 * 1024).arrayBuffer());
    if (head.byteLength > 24 && head.getUint32(0) === 0x89504e47) return [head.getUint32(16), head.getUint32(20)];
    if (head.byteLength < 4 || head.getUint16(0) !== 0xffd8) return null;
    for (let at = 2; at + 9 < head.byteLength; ) {
      const marker = head.getUint16(at);
      if (marker >= 0xffc0 && marker <= 0xffcf && ![0xffc4, 0xffc8, 0xffcc].includes(marker)) {
        return [head.getUint16(at + 7), head.getUint16(at + 5)];
      }
      if (marker >> 8 !== 0xff) return null;
      at += 2 + head.getUint16(at + 2);
    }
    return null;
  };

  const shrink = async (file) => {
    const size = await sizeOf(file);
    if (!size || size[0] * size[1] > MOST_PIXELS) return file;
    if (file.size < SMALL && Math.max(...size) <= EDGE) return file;
    const picture = await window.createImageBitmap(file, { imageOrientation: "from-image" });
    try {
      const share = Math.min(1, EDGE / Math.max(picture.width, picture.height));
      const canvas = document.createElement("canvas");
      canvas.width = Math.max(1, Math.round(picture.width * share));
      canvas.height = Math.max(1, Math.round(picture.height * share));
      const pen = canvas.getContext("2d");
      // What is transparent would turn black.
      pen.fillStyle = "#fff";
      pen.fillRect(0, 0, canvas.width, canvas.height);
      pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
      const small = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", QUALITY));
      return small && small.size < file.size ? small : file;
    } finally {
      picture.close();
    }
  };

  const make = async (file) => {
    const source = await readSource(file);
    let blob = file;
    try {
      blob = await shrink(file);
    } catch {
      // A format or a size this browser cannot draw goes as it is.
    }
    return { blob, sha256: blob === file ? source.sha256 : await digest(blob), source };
  };

  // {blob, sha256, source}: what is sent, its digest, and what is known of the picture it was made from. Done once a file.
  const begun = new WeakMap();
  const finished = new WeakMap();
  const prepare = (file) => {
    if (!begun.has(file)) {
      const making = make(file);
      begun.set(file, making);
      making.then((made) => finished.set(file, made), () => begun.delete(file));
    }
    return begun.get(file);
  };
  // What was made of it if that is done already, and a way to say so of a file that was put away and taken out again.
  const made = (file) => finished.get(file);
  const know = (file, was) => finished.set(file, was) && begun.set(file, Promise.resolve(was));

  window.photos = { prepare, made, know };
})();
