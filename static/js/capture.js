// The capture and rectify pages: photos gathered one shot after the other, the place the phone knows, upload progress.
// Without this file the plain form works: both file fields are sent as they are.
(() => {
  "use strict";

  // A camera field forgets its shot at the next one; so what was chosen is kept in the album field.
  const canGather = (() => {
    try {
      return Boolean(new DataTransfer().items);
    } catch {
      return false;
    }
  })();

  const setUpPicker = (picker) => {
    const camera = picker.querySelector("[data-camera]");
    const album = picker.querySelector("[data-album]");
    const template = picker.querySelector("template");
    let chosen = [];

    const draw = () => {
      for (const old of picker.querySelectorAll(".photo-thumb")) {
        URL.revokeObjectURL(old.querySelector("img").src);
        old.remove();
      }
      const first = picker.querySelector(".photo-add");
      for (const file of chosen) {
        const thumb = template.content.firstElementChild.cloneNode(true);
        const image = thumb.querySelector("img");
        image.src = URL.createObjectURL(file);
        image.alt = file.name;
        thumb.querySelector("button").addEventListener("click", () => keep(chosen.filter((other) => other !== file)));
        if (!canGather) thumb.querySelector("button").remove();
        first.before(thumb);
      }
    };
    const keep = (files) => {
      chosen = files;
      const transfer = new DataTransfer();
      for (const file of chosen) transfer.items.add(file);
      album.files = transfer.files;
      camera.value = "";
      draw();
      picker.dispatchEvent(new CustomEvent("photos:chosen", { bubbles: true, detail: chosen }));
    };
    // Photos that were put away with the form come back into it.
    if (canGather) picker.addEventListener("photos:put", ({ detail }) => keep(detail));
    const told = document.createElement("p");
    told.className = "photo-refused";
    told.setAttribute("role", "alert");
    picker.append(told);
    const take = async (input) => {
      const added = fresh(input, chosen);
      const refused = [];
      for (const file of added) if (!(await looksLikePhoto(file))) refused.push(file);
      told.textContent = refused.length ? picker.dataset.refused + refused.map((file) => file.name).join("、") : "";
      if (canGather) return keep([...chosen, ...added.filter((file) => !refused.includes(file))]);
      chosen = [...camera.files, ...album.files];
      draw();
    };
    for (const input of [camera, album]) {
      input.addEventListener("change", () => take(input));
      // On a slow line a photo may be chosen before this file has come.
      if (input.files.length) take(input);
    }
  };
  // Told at once rather than after the upload; what the file really is, the server finds out.
  const SIGNATURES = [/^\xff\xd8\xff/, /^\x89PNG/, /^GIF8/, /^RIFF....WEBP/s, /^....ftyp/s, /^BM/, /^II\*\0|^MM\0\*/];
  const looksLikePhoto = (file) => new Promise((resolve) => {
    const reader = new FileReader();
    reader.onload = () => resolve(SIGNATURES.some((signature) => signature.test(reader.result)));
    reader.onerror = () => resolve(true);
    reader.readAsBinaryString(file.slice(0, 16));
  });
  // Choosing replaces the album field's files, among them those it held already.
  const fresh = (input, chosen) => [...input.files].filter((file) => !chosen.includes(file));

  const setUpPosition = (form) => {
    const latitude = form.elements.namedItem("latitude");
    const longitude = form.elements.namedItem("longitude");
    if (form.hasAttribute("data-no-position") || !latitude || !window.isSecureContext || !navigator.geolocation) return;
    const ask = () => navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        // A form that came back keeps where it was filled in.
        if (form.dataset.position !== "kept") {
          latitude.value = coords.latitude.toFixed(6);
          longitude.value = coords.longitude.toFixed(6);
        }
        const told = form.querySelector("[data-position]");
        if (told) told.hidden = false;
        form.dispatchEvent(new CustomEvent("position:known", { detail: { latitude: coords.latitude, longitude: coords.longitude } }));
      },
      () => {}, // refused or unknown: the finding is filed without it
      { enableHighAccuracy: true, timeout: 15000, maximumAge: 60000 },
    );
    // The page may have been open for long, and was elsewhere then.
    form.addEventListener("position:ask", ask);
    ask();
  };

  const setUpProgress = (form) => {
    const bar = form.querySelector("[data-upload]");
    if (!bar) return;
    // The search for sites is a request inside the form too, and no upload.
    form.addEventListener("htmx:xhr:progress", (event) => {
      if (event.target !== form) return;
      bar.hidden = false;
      if (event.detail.lengthComputable) bar.value = (100 * event.detail.loaded) / event.detail.total;
    });
    form.addEventListener("htmx:afterRequest", (event) => {
      if (event.target === form) bar.hidden = true;
    });
  };

  for (const form of document.querySelectorAll("[data-capture]")) {
    form.querySelectorAll("[data-photo-picker]").forEach(setUpPicker);
    setUpPosition(form);
    setUpProgress(form);
  }
})();
