// From WGS-84 to the datum of maps in mainland China.

const A = 6378245;
const EE = 0.006693421622965943;
const RADIANS = Math.PI / 180;

/** Offset in degrees that GCJ-02 adds to a WGS-84 place (the published polynomial; none outside China). @param {number} lon @param {number} lat @returns {[number, number]} */
function gcjOffset(lon, lat) {
  if (lon < 72.004 || lon > 137.8347 || lat < 0.8293 || lat > 55.8271) return [0, 0];
  const x = lon - 105;
  const y = lat - 35;
  const root = Math.sqrt(Math.abs(x));
  const common = (20 * Math.sin(6 * x * Math.PI) + 20 * Math.sin(2 * x * Math.PI)) * 2 / 3;
  const south = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + common
    + (20 * Math.sin(y * Math.PI) + 40 * Math.sin(y / 3 * Math.PI)) * 2 / 3
    + (160 * Math.sin(y / 12 * Math.PI) + 320 * Math.sin(y * Math.PI / 30)) * 2 / 3;
  const east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + common
    + (20 * Math.sin(x * Math.PI) + 40 * Math.sin(x / 3 * Math.PI)) * 2 / 3
    + (150 * Math.sin(x / 12 * Math.PI) + 300 * Math.sin(x / 30 * Math.PI)) * 2 / 3;
  const magic = 1 - EE * Math.sin(lat * RADIANS) ** 2;
  return [
    east / (A / Math.sqrt(magic) * Math.cos(lat * RADIANS) * RADIANS),
    south / (A * (1 - EE) / (magic * Math.sqrt(magic)) * RADIANS),
  ];
}

/** A WGS-84 place as GCJ-02 draws it. @param {number} lon @param {number} lat @returns {[number, number]} */
export function toGcj02(lon, lat) {
  const [east, north] = gcjOffset(lon, lat);
  return [lon + east, lat + north];
}
