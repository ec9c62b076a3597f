// The one place that names the vendored version of MapLibre GL JS.
export * from '../vendor/maplibre-gl/6.17.0/maplibre-gl.mjs';
