// What stands in the page beside the modules: vendored scripts that are none, and what we show to whoever looks inside.
import type { Map, addProtocol } from 'maplibre-gl';

declare global {
  const pmtiles: {
    Protocol: new () => { tile: Parameters<typeof addProtocol>[1]; add: (archive: Archive) => void };
    PMTiles: new (url: string) => Archive;
  };
  interface Archive {
    getHeader: () => Promise<{ minZoom: number; maxZoom: number }>;
    getMetadata: () => Promise<unknown>;
  }
  var wangge: Readonly<{ map: Map | undefined; state: () => unknown }>;
  const SwaggerUIBundle: (options: Record<string, unknown>) => unknown;
}
