"""What others have too equals theirs: libpysal, esda, pymannkendall, statsmodels, scipy."""

import warnings
from typing import Any

import numpy as np
import pymannkendall
import pytest
import scipy.stats
import shapely
from scipy.sparse import csr_array
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

from wangge.patterns.statistics.autocorrelation import gi_star, local_moran, smoothed_rates, standardised_rates
from wangge.patterns.statistics.comparing import LEAST_TO_CLAIM, compare
from wangge.patterns.statistics.multiplicity import adjusted
from wangge.patterns.statistics.neighbourhoods import against_others, against_share
from wangge.patterns.statistics.neighbours import Neighbours
from wangge.patterns.statistics.trends import mann_kendall

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of what they import
    import esda
    import geopandas
    import libpysal


def cells(seed: int = 0, n: int = 120) -> Any:
    """Cells with shared borders, some gone, so that the numbers of neighbours differ and one has none."""
    rng = np.random.default_rng(seed)
    boxes = [shapely.box(x, y, x + 1, y + 1) for x in range(14) for y in range(14)]
    chosen = [boxes[i] for i in rng.permutation(len(boxes))[:n]]
    return np.array([*chosen, shapely.box(50, 50, 51, 51)], dtype=object)


@pytest.fixture(scope="module")
def geometries() -> Any:
    return cells()


@pytest.fixture(scope="module")
def neighbours(geometries: Any) -> Neighbours:
    return Neighbours.touching(geometries)


@pytest.fixture(scope="module")
def weights(geometries: Any) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that one has no neighbours
        return libpysal.weights.Queen.from_dataframe(geopandas.GeoDataFrame(geometry=geometries), use_index=False)


def test_neighbours_share_a_border_or_a_corner(neighbours: Neighbours, weights: Any) -> None:
    assert (neighbours.matrix.toarray() == weights.full()[0]).all()
    assert len(neighbours.of(len(neighbours) - 1)) == 0


@pytest.mark.parametrize("mean", [0.3, 4.0, 80.0])
def test_gi_star_is_esdas(neighbours: Neighbours, weights: Any, mean: float) -> None:
    y = np.random.default_rng(3).poisson(mean, len(neighbours)).astype(float)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = esda.G_Local(y, weights, transform="B", star=True, permutations=0)
    assert gi_star(y, neighbours) == pytest.approx(theirs.Zs, abs=1e-9)
    assert (gi_star(np.ones(len(neighbours)), neighbours) == 0).all()


def test_local_moran_is_esdas(neighbours: Neighbours, weights: Any) -> None:
    y = np.random.default_rng(4).poisson(5.0, len(neighbours)).astype(float)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = esda.Moran_Local(y, weights, transformation="r", permutations=0)
    i, _ = local_moran(y, neighbours)
    assert i == pytest.approx(theirs.Is, abs=1e-9)
    assert np.isfinite(i).all()


def test_the_moments_of_local_moran_are_those_of_shuffled_values(neighbours: Neighbours) -> None:
    rng = np.random.default_rng(6)
    y = rng.poisson(2.0, len(neighbours)).astype(float)
    zs = np.stack([local_moran(rng.permutation(y), neighbours)[1] for _ in range(4000)])
    has = neighbours.number > 0
    assert zs[:, has].mean(axis=0) == pytest.approx(0, abs=0.09)
    assert zs[:, has].std(axis=0) == pytest.approx(1, abs=0.09)


def test_empirical_bayes_rates_are_esdas(neighbours: Neighbours) -> None:
    rng = np.random.default_rng(5)
    exposure = rng.integers(50, 900, len(neighbours)).astype(float)
    counts = rng.poisson(exposure * rng.gamma(4, 0.02 / 4, len(neighbours))).astype(float)
    theirs = np.asarray(esda.smoothing.Empirical_Bayes(counts, exposure).r).ravel()
    assert smoothed_rates(counts, exposure) == pytest.approx(theirs, rel=1e-9)
    assert standardised_rates(counts, exposure) == pytest.approx(
        esda.smoothing.assuncao_rate(counts, exposure).ravel(), rel=1e-9
    )


@pytest.mark.parametrize("series", [[1, 2, 3, 4, 5], [3, 3, 1, 2, 2, 2, 0], [1, 1, 1, 1], [5, 1, 4, 2, 8, 9, 9, 10, 7]])
def test_trends_are_pymannkendalls(series: list[float]) -> None:
    z, p = mann_kendall(np.array(series, float))
    if len(set(series)) == 1:
        assert [float(z), float(p)] == [0, 1]
        return
    theirs = pymannkendall.original_test(series)
    assert (float(z), float(p)) == pytest.approx((theirs.z, theirs.p))


def test_many_trends_at_once() -> None:
    many = np.random.default_rng(0).poisson(3, (50, 18)).astype(float)
    z, p = mann_kendall(many)
    theirs = [pymannkendall.original_test(one) for one in many]
    assert z == pytest.approx([one.z for one in theirs])
    assert p == pytest.approx([one.p for one in theirs])


def test_discoveries_are_statsmodels_and_what_was_not_tested_stays_out() -> None:
    p = np.random.default_rng(1).beta(0.5, 3, 200)
    assert adjusted(p) == pytest.approx(multipletests(p, method="fdr_bh")[1])
    holes = np.insert(p, [0, 50, 200], np.nan)
    assert adjusted(holes)[~np.isnan(holes)] == pytest.approx(adjusted(p))
    assert np.isnan(adjusted(holes)).sum() == 3
    assert adjusted(p.reshape(20, 10)).ravel() == pytest.approx(adjusted(p))


def test_neighbourhoods_are_binomial(neighbours: Neighbours) -> None:
    rng = np.random.default_rng(2)
    exposure = rng.lognormal(5, 1, len(neighbours))
    counts = rng.poisson(exposure / exposure.mean() * 2)
    found = against_share(counts, exposure, neighbours)
    n, share = int(counts.sum()), neighbours.sums(exposure) / exposure.sum()
    observed = neighbours.sums(counts)
    mid = scipy.stats.binom.sf(observed, n, share) + scipy.stats.binom.pmf(observed, n, share) / 2
    few = n * share < 3
    assert few.any()
    assert np.isnan(found.p[few]).all()
    assert found.p[~few] == pytest.approx(mid[~few], rel=1e-9, abs=1e-14)
    assert found.p_fewer[~few] == pytest.approx(1 - mid[~few], rel=1e-9, abs=1e-14)


def test_neighbourhoods_against_other_reports_are_hypergeometric(neighbours: Neighbours) -> None:
    rng = np.random.default_rng(7)
    counts, others = rng.poisson(0.8, len(neighbours)), rng.poisson(9, len(neighbours))
    found = against_others(counts, others, neighbours, least=0)
    k, n, marked = neighbours.sums(counts), neighbours.sums(counts + others), int(counts.sum())
    every = int((counts + others).sum())
    law = scipy.stats.hypergeom(every, marked, n)
    assert found.p == pytest.approx(law.sf(k) + law.pmf(k) / 2, rel=1e-8, abs=1e-13)
    assert found.expected == pytest.approx(law.mean())


@pytest.mark.parametrize("share", [0.5, 0.2, 0.83])
def test_two_periods_have_clopper_and_pearsons_interval(share: float) -> None:
    before, after = np.array([0, 3, 40, 0, 12, 9]), np.array([5, 0, 22, 0, 30, 1])
    found = compare(before, after, share)
    odds = share / (1 - share)
    for i in np.flatnonzero(before + after):
        low, high = proportion_confint(after[i], before[i] + after[i], method="beta")
        low, high = np.nan_to_num(low), np.nan_to_num(high, nan=1.0)
        assert found.low[i] == pytest.approx(low / (1 - low) / odds)
        assert found.high[i] == pytest.approx(high / (1 - high) / odds if high < 1 else np.inf)
        law = scipy.stats.binom(before[i] + after[i], share)
        half = law.pmf(after[i]) / 2 if before[i] + after[i] >= 10 else 0.0
        p = min(1.0, 2 * min(law.sf(after[i] - 1) - half, law.cdf(after[i]) - half))
        assert found.p[i] == pytest.approx(p, abs=1e-13) if before[i] + after[i] >= 6 else np.isnan(found.p[i])
    assert np.isnan(found.ratio[3])
    assert not found.claimed[before + after < LEAST_TO_CLAIM].any()


def test_the_plain_matrix_form_holds_for_pairs_given_once_or_twice() -> None:
    once = Neighbours.of_pairs(3, np.array([0, 1]), np.array([1, 2]))
    twice = Neighbours.of_pairs(3, np.array([0, 1, 1]), np.array([1, 2, 0]))
    assert (once.matrix != csr_array(twice.matrix)).nnz == 0
    assert once.sums(np.array([1, 10, 100])).tolist() == [11, 111, 110]
