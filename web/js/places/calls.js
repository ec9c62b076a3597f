// What the board of places asks of the service, beside what the other pages ask.
import * as api from '../api.js';

/** @import * as Service from 'service' */

const BOOK = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';

/** What is kept of the cells of a territory. @param {string} territory @returns {Promise<Service.Attributes>} */
export const attributes = (territory) => api.call(api.address(api.of(territory, '/attributes')));

/** The values of all cells of a level on a day. @param {string} territory @param {string} level @param {string} on @param {AbortSignal} signal @returns {Promise<Service.AttributeValues>} */
export const values = (territory, level, on, signal) => api.call(api.address(api.of(territory, '/attributes/values'), { level, on }), { signal });

/** The course of one attribute of a cell. @param {string} territory @param {string} attribute @param {{level: string, code: string}} cell @param {AbortSignal} signal @returns {Promise<Service.AttributeTrend>} */
export const trend = (territory, attribute, { level, code }, signal) => api.call(api.address(api.of(territory, `/attributes/${attribute}/trend`), { level, code }), { signal });

/** Send a sheet of values. @param {string} territory @param {File} file @param {{level: string, on: string, part?: boolean}} query @returns {Promise<Service.ValuesTaken>} */
export const sendValues = (territory, file, { level, on, part }) => api.call(api.address(api.of(territory, '/attributes/values:import'), { level, on, part: part ? 'true' : undefined }), { method: 'POST', headers: { 'Content-Type': /\.csv$/i.test(file.name) ? 'text/csv' : BOOK }, body: file });

/** @param {string} territory @returns {Promise<Service.OverlayList>} */
export const overlays = (territory) => api.call(api.address(api.of(territory, '/overlays')));

/** The areas of an overlay. @param {string} territory @param {string} overlay @param {string} on @param {AbortSignal} signal @returns {Promise<GeoJSON.FeatureCollection>} */
export const areas = (territory, overlay, on, signal) => api.call(api.address(api.of(territory, `/overlays/${overlay}`), { on }), { signal });

/** What an overlay cuts. @param {string} territory @param {string} overlay @param {string} on @param {AbortSignal} signal @returns {Promise<Service.Cuts>} */
export const cuts = (territory, overlay, on, signal) => api.call(api.address(api.of(territory, `/overlays/${overlay}/cuts`), { on }), { signal });

/** Count households from a file. @param {string} territory @param {string} overlay @param {File} file @param {api.Query} query @returns {Promise<Service.HouseholdsCounted>} */
export const sendHouseholds = (territory, overlay, file, query) => api.call(api.address(api.of(territory, `/overlays/${overlay}/households:import`), query), { method: 'POST', headers: { 'Content-Type': file.type || 'application/octet-stream' }, body: file });
