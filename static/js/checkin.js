// Checking in: the place is asked of the phone only once the person has ticked the box, and forgotten when it is unticked.
(() => {
  "use strict";

  for (const form of document.querySelectorAll("[data-check-in]")) {
    const field = (name) => form.elements.namedItem(name);
    const keep = (latitude, longitude) => {
      field("latitude").value = latitude;
      field("longitude").value = longitude;
    };
    field("consent").addEventListener("change", (event) => {
      keep("", "");
      if (!event.target.checked || !window.isSecureContext || !navigator.geolocation) return;
      navigator.geolocation.getCurrentPosition(
        ({ coords }) => {
          if (event.target.checked) keep(coords.latitude.toFixed(6), coords.longitude.toFixed(6));
        },
        () => {}, // refused or unknown: checked in without it
        { enableHighAccuracy: true, timeout: 15000, maximumAge: 60000 },
      );
    });
  }
})();
