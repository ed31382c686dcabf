"""What every purchase model has in common: reading, grouping, fitting, and the fitted attributes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar, Self

import numpy as np

from zhike.analytics.clv.groups import DataError, Floats, Groups, distinct_rows, group, read_columns
from zhike.analytics.clv.newton import Derivatives, Maximum, Objective, maximize

# Outside this range, in units of the mean age, a parameter says "zero" or "infinite".
EXTREME = 1e5


class NotFitted(RuntimeError):
    """The model was asked before :meth:`fit`."""


class MaximumLikelihood(ABC):
    """Fitted attributes, all in the caller's time unit:

    ``params_`` mapping of the paper's names to values; ``se_`` Laplace standard errors (nan for a parameter
    on the boundary); ``loglik_``, ``aic_``, ``bic_``; ``n_customers_``, ``n_groups_``, ``n_evaluations_``;
    ``converged_``; ``boundary_`` mapping of a parameter's name to ``"zero"`` or ``"infinite"``;
    ``warnings_`` sentences.
    """

    columns: ClassVar[tuple[str, ...]] = ("x", "t_x", "T")
    names: ClassVar[tuple[str, ...]]
    # Parameters measured in time (alpha, beta): they scale with the unit.
    scaled: ClassVar[tuple[str, ...]] = ()

    params_: dict[str, float]

    def fit(self, X: Any, sample_weight: Any = None) -> Self:
        """Estimate the parameters from ``X`` (frame or mapping with the model's columns), shape (n,).

        Raises :class:`~zhike.analytics.clv.groups.DataError` for impossible histories; never for a likelihood
        without interior maximum (see ``boundary_``).
        """
        arrays = self._check(read_columns(X, self.columns))
        if not len(arrays[0]):
            raise DataError("no customer to learn from")
        groups = group(arrays, sample_weight)
        scale = self._scale(groups)
        scaled = self._in_units(groups, scale)
        found = maximize(self._objective(scaled, scale), self._starts(scaled), size=groups.customers)
        self._keep(found, groups, scale)
        return self

    def _objective(self, groups: Groups, scale: float) -> Objective:
        """The function to maximize; ``groups`` measure time in ``scale`` of the caller's units."""
        return lambda point: self._derivatives(point, groups)

    @abstractmethod
    def _derivatives(self, log_parameters: Floats, groups: Groups) -> Derivatives:
        """Log-likelihood with gradient and Hessian by the logarithms of the parameters."""

    @abstractmethod
    def _starts(self, groups: Groups) -> list[Floats]: ...

    def _check(self, arrays: list[Any]) -> list[Any]:
        x, t_x, T = arrays
        _refuse(x != np.floor(x), "x", "is no whole number")
        _refuse(t_x > T * (1 + 1e-12), "t_x", "lies after T")
        _refuse(
            (x > 0) & (t_x == 0), "t_x", "is 0 although there are repeat purchases; merge those of one day"
        )
        return [x, np.where(x == 0, 0, t_x), T]

    def _scale(self, groups: Groups) -> float:
        """Time unit of the optimizer: the mean age."""
        age = groups.columns[-1]
        return max(float(np.average(age, weights=groups.weight)), 1e-12)

    def _in_units(self, groups: Groups, scale: float) -> Groups:
        x, *times = groups.columns
        return Groups((x, *(time / scale for time in times)), groups.weight, groups.values, groups.place)

    def _unit_loglik(self, groups: Groups, scale: float) -> float:
        """What the likelihood of the purchase times loses by measuring in the caller's unit."""
        return -float(groups.weight @ groups.columns[0]) * float(np.log(scale))

    def _keep(self, found: Maximum, groups: Groups, scale: float) -> None:
        inner = np.exp(found.log_parameters)
        units = np.array([scale if name in self.scaled else 1.0 for name in self.names])
        self.params_ = dict(zip(self.names, (inner * units).tolist(), strict=True))
        self.boundary_ = {
            name: "zero" if value < 1 else "infinite"
            for name, value, held in zip(self.names, inner, found.held, strict=True)
            if held or not 1 / EXTREME < value < EXTREME
        }
        self.covariance_ = self._covariance(found, inner * units)
        self.se_ = dict(zip(self.names, np.sqrt(np.diag(self.covariance_)).tolist(), strict=True))
        self.loglik_ = found.value + self._unit_loglik(groups, scale)
        self.n_customers_ = groups.customers
        self.n_groups_ = len(groups.weight)
        self.n_evaluations_ = found.evaluations
        self.aic_ = 2 * len(self.names) - 2 * self.loglik_
        self.bic_ = len(self.names) * float(np.log(max(groups.customers, 1.0))) - 2 * self.loglik_
        self.gradient_ = found.gradient / max(groups.customers, 1.0)
        self.converged_ = found.converged
        self.warnings_ = [
            f"{name} runs to {where}: the data do not say how far" for name, where in self.boundary_.items()
        ]

    def _covariance(self, found: Maximum, values: Floats) -> Floats:
        """Inverse information by the parameters; nan where a parameter lies on the boundary."""
        size = len(values)
        covariance = np.full((size, size), np.nan)
        inside = np.array([name not in self.boundary_ for name in self.names])
        information = -found.hessian[np.ix_(inside, inside)]
        if inside.any() and np.linalg.eigvalsh(information).min() > 0:
            spread = values[inside]
            covariance[np.ix_(inside, inside)] = np.linalg.inv(information) * np.outer(spread, spread)
        return covariance

    def _values(self) -> tuple[float, ...]:
        if not hasattr(self, "params_"):
            raise NotFitted(f"{type(self).__name__} is not fitted; call fit first")
        return tuple(self.params_[name] for name in self.names)

    @classmethod
    def from_params(cls, **params: float) -> Self:
        """A model with known parameters, e.g. a published or stored one."""
        if set(params) != set(cls.names) or min(params.values()) <= 0:
            raise DataError(f"{cls.__name__} has the positive parameters {', '.join(cls.names)}")
        model = cls()
        model.params_ = {name: float(params[name]) for name in cls.names}
        return model


class PurchaseModel(MaximumLikelihood):
    """A model of repeat purchases: x repeat purchases, the last at age ``t_x``, observed until age ``T``.

    Horizons are in the same unit as ``t_x`` and ``T``.
    """

    def predict(self, X: Any, horizon: float) -> Floats:
        """Expected purchases in the next ``horizon``, given the history; shape (n,)."""
        return self._by_group(X, lambda x, t_x, T: self._expected(x, t_x, T, horizon))

    def predict_alive(self, X: Any, at: float = 0.0) -> Floats:
        """Probability of being alive ``at`` after the end of observation (0: at its end); shape (n,)."""
        return self._by_group(X, lambda x, t_x, T: self._alive(x, t_x, T) * self._survival(x, T, at))

    def predict_proba_active(self, X: Any, horizon: float) -> Floats:
        """Probability of at least one purchase in the next ``horizon``; shape (n,)."""
        return self._by_group(X, lambda x, t_x, T: self._alive(x, t_x, T) * (1 - self._silent(x, T, horizon)))

    def expected_purchases(self, horizon: Any) -> Floats:
        """Expected repeat purchases of a new customer up to each age of ``horizon``; shape of ``horizon``."""
        ages = np.atleast_1d(np.asarray(horizon, dtype=np.float64))
        nothing = np.zeros_like(ages)
        found = self._expected(nothing, nothing, nothing, ages)
        return found if np.ndim(horizon) else found[0]

    def _by_group(self, X: Any, score: Any) -> Floats:
        self._values()
        arrays = self._check(read_columns(X, self.columns))
        if not len(arrays[0]):
            return np.empty(0)
        rows, place = distinct_rows(arrays)
        return score(*rows)[place]

    @abstractmethod
    def _expected(self, x: Floats, t_x: Floats, T: Floats, horizon: Any) -> Floats: ...

    @abstractmethod
    def _alive(self, x: Floats, t_x: Floats, T: Floats) -> Floats: ...

    @abstractmethod
    def _survival(self, x: Floats, T: Floats, at: float) -> Floats:
        """Probability that a customer alive at ``T`` is alive ``at`` later."""

    @abstractmethod
    def _silent(self, x: Floats, T: Floats, horizon: float) -> Floats:
        """Probability that a customer alive at ``T`` buys nothing in the next ``horizon``."""


def _refuse(wrong: Any, name: str, words: str) -> None:
    if np.any(wrong):
        raise DataError(f"column {name!r}, row {int(np.argmax(wrong))}: the value {words}")
