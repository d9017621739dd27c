// Between WGS-84, in which sites are kept, and GCJ-02, in which public maps in China are drawn.
(() => {
  "use strict";
  const AXIS = 6378245;
  const ECCENTRICITY = 0.00669342162296594323;
  const radians = (degrees) => (degrees * Math.PI) / 180;
  const wave = (size, times, at) => size * Math.sin(times * at * Math.PI);

  // Outside this box nothing is shifted.
  const isShifted = (longitude, latitude) =>
    longitude > 72.004 && longitude < 137.8347 && latitude > 0.8293 && latitude < 55.8271;

  function shift(longitude, latitude) {
    const x = longitude - 105;
    const y = latitude - 35;
    const ripple = wave(20, 6, x) + wave(20, 2, x);
    const north =
      -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * Math.sqrt(Math.abs(x)) +
      (2 / 3) * (ripple + wave(20, 1, y) + wave(40, 1 / 3, y) + wave(160, 1 / 12, y) + wave(320, 1 / 30, y));
    const east =
      300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * Math.sqrt(Math.abs(x)) +
      (2 / 3) * (ripple + wave(20, 1, x) + wave(40, 1 / 3, x) + wave(150, 1 / 12, x) + wave(300, 1 / 30, x));
    const bend = 1 - ECCENTRICITY * Math.sin(radians(latitude)) ** 2;
    const alongMeridian = (AXIS * (1 - ECCENTRICITY)) / bend ** 1.5;
    const alongParallel = (AXIS / Math.sqrt(bend)) * Math.cos(radians(latitude));
    return [(east / alongParallel) * (180 / Math.PI), (north / alongMeridian) * (180 / Math.PI)];
  }

  function fromWgs84([longitude, latitude]) {
    if (!isShifted(longitude, latitude)) return [longitude, latitude];
    const [east, north] = shift(longitude, latitude);
    return [longitude + east, latitude + north];
  }

  // There is no formula back: what is left over of each guess is taken off the next.
  function toWgs84([longitude, latitude]) {
    let guess = [longitude, latitude];
    for (let step = 0; step < 6; step += 1) {
      const [east, north] = fromWgs84(guess);
      guess = [guess[0] + longitude - east, guess[1] + latitude - north];
    }
    return guess;
  }

  window.gcj02 = { fromWgs84, toWgs84 };
})();
