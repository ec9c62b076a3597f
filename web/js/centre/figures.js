// From answers to what is drawn: hours of a day, ranks, months. Pure.

/** @import { Figures, Indicator } from '../api.js' */
/** @import { CellRef } from 'service' */

const SCALE = /** @type {Record<string, number>} */ ({ percent: 100, per_thousand: 1000 });

/** The hours of a day among those of a week, summed over its days. @param {number[][] | null | undefined} week @returns {number[]} */
export const dayHours = (week) => Array.from({ length: 24 }, (_, hour) => (week ?? []).reduce((sum, row) => sum + (row[hour] ?? 0), 0));

/** Running sums. @param {number[]} values */
export function running(values) {
  let sum = 0;
  return values.map((value) => (sum += value));
}

/**
 * How today stands beside other days up to the same hour; the hour that runs is left out on all sides.
 *
 * @param {number[]} today @param {number[]} other @param {number} hour that runs; 24 when the day is over
 */
export function beside(today, other, hour) {
  const [now, then] = [today, other].map((hours) => hours.slice(0, hour).reduce((sum, n) => sum + n, 0));
  return { now: now ?? 0, then: then ?? 0, ratio: then ? (now ?? 0) / then : null };
}

/** @typedef {{cell: CellRef, value: number | null, numerator: number, denominator: number, months: Map<string, number | null>}} Ranked */
/** @typedef {{numerator: number, denominator: number, value: number | null}} Figure */

/** The value of a figure that was put together from several. @param {Indicator} one @param {Figure} figure */
export function valueOf({ unit, rate }, { numerator, denominator }) {
  if (!rate) return numerator;
  return denominator ? ((SCALE[unit] ?? 1) * numerator) / denominator : null;
}

/** Answers for single categories put together: numerators and denominators added up. @param {Indicator} one @param {Figures[]} answers @param {(row: Figures['rows'][number]) => string} key */
function together(one, answers, key) {
  /** @type {Map<string, {row: Figures['rows'][number], numerator: number, denominator: number}>} */
  const sums = new Map();
  for (const row of answers.flatMap(({ rows }) => rows)) {
    const figure = row.figures[one.key];
    const sum = sums.get(key(row)) ?? { row, numerator: 0, denominator: 0 };
    sum.numerator += figure?.numerator ?? 0;
    sum.denominator += figure?.denominator ?? 0;
    sums.set(key(row), sum);
  }
  return [...sums.values()].map((sum) => ({ ...sum, value: valueOf(one, { ...sum, value: null }) }));
}

/**
 * The cells of a level by an indicator, the first the one to be looked at first: worst where higher is better, else most.
 *
 * @param {Indicator} one
 * @param {Figures[]} whole of the period, one answer for each category asked for
 * @param {Figures[]} monthly by cell and month
 * @returns {Ranked[]}
 */
export function ranked(one, whole, monthly) {
  const months = together(one, monthly, (row) => `${row.cell.code} ${row.month?.month}`);
  const rows = together(one, whole, ({ cell }) => cell.code).map(({ row: { cell }, value, numerator, denominator }) => ({
    cell, value, numerator, denominator,
    months: new Map(months.filter(({ row }) => row.cell.code === cell.code).map(({ row, value: of }) => [row.month?.month ?? '', of])),
  }));
  const better = one.rate && one.better === 'higher' ? 1 : -1;
  return rows.sort((a, b) => (a.value === null ? 1 : 0) - (b.value === null ? 1 : 0) || better * ((a.value ?? 0) - (b.value ?? 0)) || a.cell.code.localeCompare(b.cell.code));
}

/** The cells of a level by their reports, most first; those without any too. @param {CellRef[]} cells @param {Record<string, number>} reports @returns {Ranked[]} */
export function rankedByCount(cells, reports) {
  const rows = cells.map((cell) => ({ cell, value: reports[cell.code] ?? 0, numerator: reports[cell.code] ?? 0, denominator: 0, months: new Map() }));
  return rows.sort((a, b) => b.value - a.value || a.cell.code.localeCompare(b.cell.code));
}

/** Twelve months that end with the one of a day: `2025-01` … `2025-12`. @param {string} day */
export function yearOfMonths(day) {
  const [year = 0, month = 1] = day.split('-').map(Number);
  return Array.from({ length: 12 }, (_, at) => {
    const date = new Date(Date.UTC(year, month - 12 + at, 1));
    return date.toISOString().slice(0, 7);
  });
}

/** A line through values in a box of 100 by 20, with gaps where there is none; one alone is a dot. @param {(number | null)[]} values */
export function spark(values) {
  const known = values.filter((value) => value !== null);
  const [low, high] = [Math.min(...known), Math.max(...known)];
  const y = (/** @type {number} */ value) => (high > low ? 18 - (16 * (value - low)) / (high - low) : 10);
  let pen = 'M';
  return values.map((value, at) => {
    if (value === null) {
      pen = 'M';
      return '';
    }
    const step = `${pen}${((100 * at) / Math.max(1, values.length - 1)).toFixed(1)} ${y(value).toFixed(1)}`;
    const dot = pen === 'M' ? 'h0' : '';
    pen = 'L';
    return step + dot;
  }).join('');
}
