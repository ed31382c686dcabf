"""The recipes that people choose from: what each asks for, and how it is run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from zhike.analytics.words import Words
from zhike.analytics.workbench.data import CATEGORY, NUMBER, Data
from zhike.analytics.workbench.describe import described
from zhike.analytics.workbench.result import Result

Progress = Callable[[int, int], None]
BOTH = (NUMBER, CATEGORY)


class ChoiceError(ValueError):
    """The choice does not fit the recipe; ``code`` and ``slot`` say what is wrong."""

    def __init__(self, code: str, slot: str = "") -> None:
        super().__init__(f"{code} {slot}".strip())
        self.code, self.slot = code, slot


@dataclass(frozen=True)
class Slot:
    """A place for ``least`` to ``most`` variables of the given kinds."""

    code: str
    words: Words
    kinds: tuple[str, ...] = BOTH
    least: int = 1
    most: int = 1


@dataclass(frozen=True)
class Option:
    """A choice of a few; the first is what happens without one. Without choices: any text."""

    code: str
    words: Words
    choices: Mapping[str, Words] = field(default_factory=dict)

    @property
    def default(self) -> str:
        return next(iter(self.choices), "")


@dataclass(frozen=True)
class Recipe:
    """``home`` is "module:function"; ``outputs`` says that it gives every customer a label or score."""

    code: str
    name: Words
    purpose: Words
    icon: str
    home: str
    slots: tuple[Slot, ...] = ()
    options: tuple[Option, ...] = ()
    outputs: bool = False

    @property
    def function(self) -> Callable[..., Result]:
        module, name = self.home.split(":")
        return getattr(import_module(f"zhike.analytics.workbench.{module}"), name)

    def slot(self, code: str) -> Slot:
        return next(slot for slot in self.slots if slot.code == code)


@dataclass(frozen=True)
class Choice:
    """Variables by slot, and options."""

    slots: dict[str, list[str]] = field(default_factory=dict)
    options: dict[str, str] = field(default_factory=dict)

    @property
    def variables(self) -> list[str]:
        """Every chosen variable once, in order."""
        return list(dict.fromkeys(name for names in self.slots.values() for name in names))


_VARIABLES = Words("Variables", "变量")
_PREDICTORS = Words("Explained by", "解释变量")
_LEVEL = Option("level", Words("Which value counts as yes", "哪个取值算“是”"))
_AUTO = Words("Choose for me", "自动选择")


def _numbers(*values: int) -> dict[str, Words]:
    return {"auto": _AUTO, **{str(value): Words(str(value), str(value)) for value in values}}


RECIPES: dict[str, Recipe] = {
    recipe.code: recipe
    for recipe in (
        Recipe(
            "describe",
            Words("Describe", "描述统计"),
            Words(
                "What do these figures look like, and how do groups differ?",
                "这些指标长什么样，各组有何不同？",
            ),
            icon="report-analytics",
            home="describe:describe",
            slots=(
                Slot("variables", _VARIABLES, most=20),
                Slot("group", Words("Compare by", "分组比较"), (CATEGORY,), least=0),
            ),
        ),
        Recipe(
            "crosstab",
            Words("Cross-tab", "交叉分析"),
            Words("Do two characteristics go together?", "两个特征之间有没有关系？"),
            icon="table",
            home="crosstab:crosstab",
            slots=(
                Slot("rows", Words("Rows", "行")),
                Slot("columns", Words("Columns", "列")),
                Slot("value", Words("Figure in the cells", "单元格中的指标"), (NUMBER,), least=0),
            ),
            options=(
                Option(
                    "aggregate",
                    Words("Shown of it", "汇总方式"),
                    {
                        "mean": Words("Mean", "平均值"),
                        "sum": Words("Sum", "合计"),
                        "median": Words("Median", "中位数"),
                        "count": Words("How many are known", "有值的客户数"),
                    },
                ),
            ),
        ),
        Recipe(
            "correlation",
            Words("Correlation", "相关分析"),
            Words("Which figures rise and fall together?", "哪些指标同升同降？"),
            icon="chart-dots",
            home="correlation:correlation",
            slots=(Slot("variables", _VARIABLES, (NUMBER,), least=2, most=20),),
            options=(
                Option(
                    "method",
                    Words("Method", "方法"),
                    {
                        "spearman": Words("By rank (Spearman, advised)", "按排序（Spearman，推荐）"),
                        "pearson": Words("By value (Pearson)", "按数值（Pearson）"),
                    },
                ),
            ),
        ),
        Recipe(
            "clusters",
            Words("Clusters", "聚类分群"),
            Words("Which groups of similar customers are there?", "客户自然分成哪几类？"),
            icon="chart-bubble",
            home="grouping:clusters",
            slots=(Slot("variables", _VARIABLES, (NUMBER,), least=2, most=12),),
            options=(Option("k", Words("Number of clusters", "分成几类"), _numbers(*range(2, 11))),),
            outputs=True,
        ),
        Recipe(
            "factor",
            Words("Factor analysis", "因子分析"),
            Words("Which few things lie behind many figures?", "众多指标背后是哪几个共同因素？"),
            icon="stack-2",
            home="grouping:factor",
            slots=(Slot("variables", _VARIABLES, (NUMBER,), least=3, most=40),),
            options=(Option("factors", Words("Number of factors", "因子个数"), _numbers(*range(1, 9))),),
            outputs=True,
        ),
        Recipe(
            "tree",
            Words("Rules", "决策规则"),
            Words(
                "Which customers have a high value of something, as simple rules?",
                "用简单规则说明：哪些客户在某项上偏高？",
            ),
            icon="binary-tree",
            home="tree:tree",
            slots=(
                Slot("target", Words("To be explained", "要解释的变量")),
                Slot("predictors", _PREDICTORS, most=20),
            ),
            options=(_LEVEL,),
        ),
        Recipe(
            "linear",
            Words("Linear regression", "线性回归"),
            Words(
                "What goes with a figure, other things being equal?", "其他条件相同时，什么与某个指标相关？"
            ),
            icon="chart-line",
            home="regression:linear",
            slots=(
                Slot("target", Words("Figure to be explained", "要解释的指标"), (NUMBER,)),
                Slot("predictors", _PREDICTORS, most=15),
            ),
            options=(
                Option(
                    "log",
                    Words("Scale of the figure", "指标的尺度"),
                    {
                        "no": Words("As it is", "原值"),
                        "yes": Words("Logarithm (for amounts)", "取对数（适合金额）"),
                    },
                ),
            ),
        ),
        Recipe(
            "logistic",
            Words("Logistic regression", "逻辑回归"),
            Words("What makes a yes more likely?", "什么让“是”的可能性更大？"),
            icon="math-function",
            home="regression:logistic",
            slots=(
                Slot("target", Words("Yes or no", "是与否的变量"), (CATEGORY,)),
                Slot("predictors", _PREDICTORS, most=15),
            ),
            options=(_LEVEL,),
        ),
        Recipe(
            "pairs",
            Words("Bought together", "关联购买"),
            Words("Which products are bought together?", "哪些产品常被一起购买？"),
            icon="shopping-cart-plus",
            home="pairs:pairs",
            slots=(),
            options=(
                Option(
                    "basket",
                    Words("Basket", "购物篮"),
                    {
                        "order": Words("One order", "同一订单"),
                        "day": Words("One customer's day", "同一客户同一天"),
                    },
                ),
            ),
        ),
    )
}


def checked(code: str, choice: Choice, kinds: Mapping[str, str]) -> Recipe:
    """The recipe, when the choice fits it; ``kinds`` are those of the variables that may be chosen."""
    if code not in RECIPES:
        raise ChoiceError("unknown_recipe")
    recipe = RECIPES[code]
    if set(choice.slots) - {slot.code for slot in recipe.slots}:
        raise ChoiceError("unknown_slot")
    for slot in recipe.slots:
        _check_slot(slot, choice.slots.get(slot.code, []), kinds)
    for option in recipe.options:
        value = choice.options.get(option.code, option.default)
        if option.choices and value not in option.choices:
            raise ChoiceError("unknown_option", option.code)
    single = [name for slot in recipe.slots if slot.most == 1 for name in choice.slots.get(slot.code, [])]
    if len(set(single)) < len(single) and recipe.code != "describe":
        raise ChoiceError("same_variable", recipe.slots[0].code)
    return recipe


def _check_slot(slot: Slot, names: Sequence[str], kinds: Mapping[str, str]) -> None:
    if len(set(names)) != len(names):
        raise ChoiceError("same_variable", slot.code)
    if len(names) < slot.least:
        raise ChoiceError("too_few", slot.code)
    if len(names) > slot.most:
        raise ChoiceError("too_many", slot.code)
    for name in names:
        if name not in kinds:
            raise ChoiceError("unknown_variable", slot.code)
        if kinds[name] not in slot.kinds:
            raise ChoiceError("wrong_kind", slot.code)


def run(code: str, data: Data, choice: Choice, progress: Progress | None = None, **more: Any) -> Result:
    """Run a recipe on a table of customers; ``progress(done, total)`` may raise to stop it."""
    recipe = checked(code, choice, {name: variable.kind for name, variable in data.variables.items()})
    options = {option.code: choice.options.get(option.code, option.default) for option in recipe.options}
    slots = {slot.code: list(choice.slots.get(slot.code, [])) for slot in recipe.slots}
    step = progress or (lambda _done, _total: None)
    result = recipe.function(data, slots, options, step, **more)
    if result.silent and not result.tables:
        result.tables += described(data, choice.variables)
    return result
