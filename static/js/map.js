// Maps of sites: all of a register, what lies around one, and one on which a place is picked.
// The page says on the element what is drawn; without this script it has the list, the coordinates and the fields.
(() => {
  "use strict";
  const { L, gcj02 } = window;
  const CLOSE = 17;
  // More names than this in sight cover each other.
  const NAMED = 20;
  const started = new WeakMap();

  // The plain ground where there are no tiles: squares, so that moving and zooming can be seen.
  const Squares = L.GridLayer.extend({
    createTile() {
      return L.DomUtil.create("div", "map-square");
    },
  });

  function start(element) {
    if (started.has(element)) return;
    const tiles = JSON.parse(element.dataset.tiles);
    const words = JSON.parse(element.dataset.words);
    // Sites are WGS-84; tiles may be shifted, and then what is drawn above them is shifted too.
    const shown = ([lng, lat]) => L.latLng((tiles.gcj02 ? gcj02.fromWgs84([lng, lat]) : [lng, lat]).reverse());
    const kept = ({ lng, lat }) => (tiles.gcj02 ? gcj02.toWgs84([lng, lat]) : [lng, lat]);
    element.replaceChildren();
    const map = L.map(element, {
      attributionControl: Boolean(tiles.attribution),
      zoomControl: false,
      // A card is read at once, not while it comes into sight.
      fadeAnimation: false,
      maxZoom: tiles.layers.length ? tiles.maxZoom : 19,
      minZoom: 3,
      // On a phone one finger scrolls the page past a small map.
      dragging: element.dataset.map !== "place" || !L.Browser.mobile,
      scrollWheelZoom: element.dataset.map === "sites",
    });
    started.set(element, map);
    map.setView([35, 105], 4, { animate: false });
    L.control.zoom({ zoomInTitle: words.zoomIn, zoomOutTitle: words.zoomOut }).addTo(map);
    L.control.scale({ imperial: false }).addTo(map);
    if (tiles.attribution) map.attributionControl.setPrefix(false).addAttribution(escaped(tiles.attribution));
    if (!tiles.layers.length) new Squares().addTo(map);
    for (const url of tiles.layers) L.tileLayer(url, { subdomains: tiles.subdomains, maxZoom: tiles.maxZoom }).addTo(map);
    map.createPane("streets").style.zIndex = 450;
    map.getPane("streets").style.pointerEvents = "none";
    const draw = { sites: drawRegister, place: drawPlace, pick: drawPicker, choose: drawChooser }[element.dataset.map];
    draw({ element, map, tiles, words, shown, kept });
  }

  function escaped(text) {
    const holder = document.createElement("span");
    holder.textContent = text;
    return holder.innerHTML;
  }

  // The sites of the address on the element, each as an object.
  async function fetched({ element, words, shown }) {
    try {
      const answer = await fetch(element.dataset.source, { credentials: "same-origin" });
      if (!answer.ok) throw new Error(answer.statusText);
      const told = await answer.json();
      return told.sites.map(([pk, name, kind, unit, street, lng, lat, open, overdue]) => ({
        pk, name, open, overdue,
        kind: told.kinds[kind],
        unit: told.units[unit],
        street: told.streets[street],
        at: shown([lng, lat]),
        tone: overdue ? "red" : open ? "orange" : "green",
      }));
    } catch {
      const notice = document.createElement("p");
      notice.className = "map-failed";
      notice.setAttribute("role", "alert");
      notice.textContent = words.failed;
      element.append(notice);
      return [];
    }
  }

  const said = (words, site) =>
    site.open
      ? words.open.replace("{n}", site.open) + (site.overdue ? `，${words.overdue.replace("{n}", site.overdue)}` : "")
      : words.none;

  function pin(site, words) {
    const size = window.matchMedia("(max-width: 991.98px)").matches ? 44 : 30;
    const look = L.divIcon({
      className: `map-pin map-pin-${site.tone}`,
      // A colour never stands alone.
      html: `<span>${site.overdue ? "!" : ""}</span>`,
      iconSize: [size, size],
    });
    const marker = L.marker(site.at, { icon: look, title: site.name });
    marker.site = site;
    marker.on("add", () => marker.getElement()?.setAttribute("aria-label", `${site.name}，${said(words, site)}`));
    return marker;
  }

  // What a click shows: built of nodes, since names are what people typed.
  function card(site, { element, words }) {
    const line = (className, text) => {
      const part = document.createElement("p");
      part.className = className;
      part.textContent = text;
      return part;
    };
    const body = document.createElement("div");
    body.className = "map-card";
    const links = document.createElement("p");
    for (const [text, path] of [[words.dossier, "dossier/"], [words.page, ""]]) {
      const link = document.createElement("a");
      link.href = `${element.dataset.sitesUrl}${site.pk}/${path}`;
      link.textContent = text;
      links.append(link, " ");
    }
    body.append(
      line("map-card-name", site.name),
      line("muted", `${site.kind} · ${site.unit}`),
      line(`map-card-${site.tone}`, said(words, site)),
      links,
    );
    return body;
  }

  function nameStreets(map, sites) {
    const streets = new Map();
    for (const site of sites) {
      if (!site.street) continue;
      const [n, lat, lng] = streets.get(site.street) || [0, -90, 0];
      streets.set(site.street, [n + 1, Math.max(lat, site.at.lat), lng + site.at.lng]);
    }
    // Above the northernmost of its sites, where it is not covered by them.
    for (const [name, [n, lat, lng]] of streets) {
      const label = document.createElement("span");
      label.textContent = name;
      const icon = L.divIcon({ className: "map-street", html: label, iconSize: [0, 0] });
      L.marker([lat, lng / n], { icon, interactive: false, keyboard: false, pane: "streets" }).addTo(map);
    }
  }

  async function drawRegister(drawn) {
    const { map, tiles, words } = drawn;
    const sites = await fetched(drawn);
    if (!sites.length) return;
    const clusters = L.markerClusterGroup({
      showCoverageOnHover: false,
      chunkedLoading: true,
      maxClusterRadius: 46,
      disableClusteringAtZoom: CLOSE,
      spiderfyOnMaxZoom: false,
      iconCreateFunction(cluster) {
        const inside = cluster.getAllChildMarkers().map((marker) => marker.site);
        const tone = ["red", "orange", "green"].find((one) => inside.some((site) => site.tone === one));
        const text = `<span aria-hidden="true">${inside.length}</span>`;
        const told = words.cluster.replace("{n}", inside.length);
        return L.divIcon({
          className: `map-cluster map-cluster-${tone}`,
          html: `${text}<span class="visually-hidden">${told}</span>`,
          iconSize: [44, 44],
        });
      },
    });
    clusters.addLayers(sites.map((site) => pin(site, words).bindPopup(() => card(site, drawn), { minWidth: 180 })));
    map.addLayer(clusters);
    if (!tiles.layers.length) nameStreets(map, sites);
    map.fitBounds(L.latLngBounds(sites.map((site) => site.at)).pad(0.06), { maxZoom: 16, animate: false });
    followFocus(map, words);
  }

  // Who opened a card by the keyboard goes on in it, and comes back to where it was.
  function followFocus(map, words) {
    let from = null;
    // Leaflet hears the key only while the map itself has the focus.
    map.getContainer().addEventListener("keydown", (event) => {
      if (event.key === "Escape") map.closePopup();
    });
    map.on("popupopen", ({ popup }) => {
      const element = popup.getElement();
      const close = element.querySelector(".leaflet-popup-close-button");
      close.setAttribute("aria-label", words.close);
      from = document.activeElement;
      if (map.getContainer().contains(from)) element.querySelector("a[href]:not(.leaflet-popup-close-button)").focus();
    });
    map.on("popupclose", () => {
      // The card is gone by now, and the focus with it.
      const lost = document.activeElement === document.body || map.getContainer().contains(document.activeElement);
      if (from && from.isConnected && lost) from.focus();
      from = null;
    });
  }

  // Where a name will stand beside a dot, in pixels; Chinese characters are about as wide as they are high.
  const nameWidth = (name) => Math.min([...name].length * 12.5 + 10, 178);
  function boxBeside({ x, y }, name, side, radius) {
    const left = side === "right" ? x + radius + 4 : x - radius - 4 - nameWidth(name);
    return [left, y - 10, left + nameWidth(name), y + 10];
  }
  const overlap = (a, b) => a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3];

  // Other sites as dots: without tiles they are what a place is known by, so as few as are in sight bear their names.
  // A name that would cover the place itself (`own`), its name or another's is left out, and shows at the pointer.
  function drawOthers(map, sites, { named, radius = 4, own = null }) {
    const renderer = L.canvas({ padding: 0.2 });
    const look = { renderer, radius, weight: 1, color: "#fff", fillColor: "#636b74", fillOpacity: 0.9 };
    const dots = sites.map((site) => L.circleMarker(site.at, { ...look, site }).addTo(map));
    const sides = (seen) => {
      const taken = [];
      if (own) {
        const { x, y } = map.latLngToContainerPoint(own.at);
        taken.push([x - 14, y - 14, x + 14, y + 14], [x - nameWidth(own.name) / 2, y - 38, x + nameWidth(own.name) / 2, y - 14]);
      }
      const chosen = new Map();
      for (const dot of seen) {
        const point = map.latLngToContainerPoint(dot.getLatLng());
        const side = ["right", "left"].find((way) => !taken.some((box) => overlap(box, boxBeside(point, dot.options.site.name, way, radius))));
        if (!side) continue;
        taken.push(boxBeside(point, dot.options.site.name, side, radius));
        chosen.set(dot, side);
      }
      return chosen;
    };
    const name = () => {
      const bounds = map.getBounds();
      const seen = dots.filter((dot) => bounds.contains(dot.getLatLng()));
      const chosen = named && seen.length <= NAMED ? sides(seen) : new Map();
      for (const dot of dots) {
        const permanent = chosen.has(dot);
        const direction = chosen.get(dot) || "right";
        const has = dot.getTooltip();
        if (has && has.options.permanent === permanent && has.options.direction === direction) continue;
        dot.unbindTooltip();
        dot.bindTooltip(escaped(dot.options.site.name), { permanent, direction, offset: [direction === "left" ? -4 : 4, 0], className: "map-name" });
      }
    };
    name();
    map.on("moveend", name);
  }

  const flag = () => L.divIcon({ className: "map-flag", html: "<span></span>", iconSize: [28, 28], iconAnchor: [14, 14] });

  async function drawPlace(drawn) {
    const { element, map, tiles, shown } = drawn;
    const [pk, name, lng, lat] = JSON.parse(element.dataset.site);
    map.setView(shown([lng, lat]), 16, { animate: false });
    const own = { name, at: L.latLng(shown([lng, lat])) };
    L.marker(own.at, { icon: flag(), interactive: false, keyboard: false, title: name, zIndexOffset: 1000 })
      .bindTooltip(escaped(name), { permanent: true, direction: "top", offset: [0, -14], className: "map-name map-name-own" })
      .addTo(map);
    const others = (await fetched(drawn)).filter((site) => site.pk !== pk);
    drawOthers(map, others, { named: !tiles.layers.length, own });
  }

  async function drawPicker(drawn) {
    const { element, map, tiles, shown, kept } = drawn;
    const longitude = document.getElementById(element.dataset.longitude);
    const latitude = document.getElementById(element.dataset.latitude);
    const marker = L.marker([0, 0], { icon: flag(), interactive: false, keyboard: false, zIndexOffset: 1000 });
    const typed = () => {
      const [lng, lat] = [longitude, latitude].map((field) => (field.value.trim() === "" ? NaN : Number(field.value)));
      return Math.abs(lng) <= 180 && Math.abs(lat) <= 90 ? [lng, lat] : null;
    };
    const mark = () => {
      const place = typed();
      if (!place) return marker.remove();
      marker.setLatLng(shown(place)).addTo(map);
      if (!map.getBounds().contains(marker.getLatLng())) map.setView(marker.getLatLng(), Math.max(map.getZoom(), 16));
    };
    const take = (at) => {
      // Wrapped: beyond the date line the world is drawn once more.
      const [lng, lat] = kept(at.wrap());
      longitude.value = lng.toFixed(6);
      latitude.value = lat.toFixed(6);
      mark();
    };
    map.on("click", ({ latlng }) => take(latlng));
    for (const field of [longitude, latitude]) field.addEventListener("change", mark);
    document.querySelector("[data-map-centre]")?.addEventListener("click", () => take(map.getCenter()));
    const sites = await fetched(drawn);
    if (typed()) map.setView(shown(typed()), 16, { animate: false });
    else if (sites.length) map.fitBounds(L.latLngBounds(sites.map((site) => site.at)).pad(0.06), { maxZoom: 16, animate: false });
    mark();
    drawOthers(map, sites, { named: !tiles.layers.length });
    if (!tiles.layers.length) nameStreets(map, sites);
  }

  // The sites that the phone has with it (`element.sites`), around where it is (`element.near`); a tap takes one.
  function drawChooser({ element, map, tiles, shown }) {
    const sites = element.sites.map((site) => ({ ...site, at: shown([site.longitude, site.latitude]) }));
    const here = element.near && shown([element.near.longitude, element.near.latitude]);
    if (here) {
      map.setView(here, 16, { animate: false });
      L.marker(here, { icon: flag(), interactive: false, keyboard: false }).addTo(map);
    } else map.fitBounds(L.latLngBounds(sites.map((site) => site.at)).pad(0.06), { maxZoom: 16, animate: false });
    drawOthers(map, sites, { named: true, radius: 11 });
    map.eachLayer((layer) => {
      const { site } = layer.options;
      if (site) layer.on("click", () => element.dispatchEvent(new CustomEvent("map:chosen", { detail: site.pk })));
    });
    if (!tiles.layers.length) nameStreets(map, sites);
  }

  const startAll = (within) => {
    // One that is folded away has no size yet; who unfolds it starts it.
    for (const element of within.querySelectorAll("[data-map]:not([data-map=choose])")) start(element);
  };
  window.siteMaps = { start };
  startAll(document);
  // The list's filter brings another map by htmx; the one it replaces lets go of the window.
  document.addEventListener("htmx:load", (event) => startAll(event.target));
  document.addEventListener("htmx:beforeCleanupElement", (event) => {
    const map = event.target instanceof Element && started.get(event.target);
    if (map) {
      started.delete(event.target);
      map.remove();
    }
  });
})();
