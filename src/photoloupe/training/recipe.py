"""Recipes: one TOML file a model that can be trained. An unknown key is an error.

A recipe's `kind` says what its net is shown: "views" of whole photos, "pairs" of photos, photos
"padded" to a square or squashed to one ("classes"), the "traces" that resampling leaves, photos
beside copies with "damage", or what a trained trunk and a face finder read, for a "head".
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from photoloupe.errors import RecipeError

Positive = Annotated[float, Field(gt=0)]
Count = Annotated[int, Field(gt=0)]
Share = Annotated[float, Field(gt=0, le=1)]
TaskName = Annotated[str, Field(pattern="^(squish|selfie|aesthetics)$")]


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class TrunkRecipe(Section):
    """EfficientNet-Lite0 `width` times as wide, its stem and first blocks left as published."""

    width: Positive = 1.0
    freeze_blocks: Annotated[int, Field(ge=0, le=16)] = 0
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.2


class ResNetRecipe(Section):
    """A ResNet (He et al. 2015) as transformers builds it; the default is ResNet-18."""

    layer: Literal["basic", "bottleneck"] = "basic"
    depths: tuple[Count, ...] = (2, 2, 2, 2)
    stem_width: Count = 64
    widths: tuple[Count, ...] = (64, 128, 256, 512)


class EfficientNetRecipe(Section):
    """An EfficientNet (Tan and Le 2019) as transformers builds it; the default is B4.

    width, depth: factors on B0's channels and layers; hidden: of the layer before the answer.
    """

    width: Positive = 1.4
    depth: Positive = 1.8
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.4
    hidden: Count = 1000


class FitRecipe(Section):
    """AdamW (without weight decay it is Adam), linear warm-up, then a cosine down to zero.

    Rates are those at the top. drop_steps: the rates fall to a tenth every so many steps instead.
    heads_only_steps: so long the trunk stays as it was loaded; precision: as Lightning names it.
    """

    steps: Count
    seed: int = 0
    head_rate: Positive = 1e-3
    trunk_rate: Positive = 3e-4
    weight_decay: Annotated[float, Field(ge=0)] = 0.02
    warmup_steps: Annotated[int, Field(ge=0)] = 100
    drop_steps: Count | None = None
    heads_only_steps: Annotated[int, Field(ge=0)] = 0
    checkpoint_steps: Count = 100
    precision: Literal["bf16-mixed", "32-true"] = "bf16-mixed"


class TableRecipe(Section):
    """A CSV of photos and which of its rows training never sees.

    hold_out: values of `source_column` that are kept for the test;
    group_column, group_pattern: rows whose match is the same show one person or theme, and
    count as one when a figure's interval is drawn;
    reviewed: CSVs beside the recipe whose labels, by file, replace the table's; a row that has none
    there is left out.
    """

    csv: str
    source_column: str = "source"
    hold_out: tuple[str, ...] = ()
    hold_out_splits: tuple[str, ...] = ()
    group_column: str = "file"
    group_pattern: str = ".+"
    reviewed: tuple[str, ...] = ()


class TaskRecipe(TableRecipe):
    """One task's table and its share of the training.

    batch: photos a step; weight: of its loss; negatives: a task whose photos serve this one as
    examples of "no"; most_aspect: frames are drawn from 1 / most_aspect to most_aspect.
    """

    batch: Count
    weight: Positive = 1.0
    negatives: TaskName | None = None
    most_aspect: Annotated[float, Field(ge=1)] = 3.0


class MadePairs(Section):
    """How pairs are made: half of them a photo and a crop of it, half of the `negatives` kind.

    aspect: the crop's two sides are drawn each by itself ("random"), or the crop has its
    photo's frame ("kept"); least_side, most_side: as shares of the photo's, the range that a
    side is drawn from; qualities: of the JPEGs that both pictures are saved as.
    negatives: the crop is of another photo, or mirrored, or the mirrored photo stands in its place.
    """

    batch: Count
    aspect: Literal["random", "kept"] = "random"
    least_side: Share = 0.2
    most_side: Share = 0.95
    negatives: Literal["other", "mirrored_crop", "mirrored_photo"] = "other"
    least_quality: Annotated[int, Field(ge=1, le=95)] = 40
    most_quality: Annotated[int, Field(ge=1, le=95)] = 95

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.least_side > self.most_side or self.least_quality > self.most_quality:
            raise ValueError("a least value is above its most value")
        return self


class MadeSquishes(Section):
    """How a photo is squished: a crop of it, then one side of the crop squeezed.

    The crop's aspect is log-uniform from 1 / most_aspect to most_aspect, and its sides are
    least_zoom to 1 of the largest such crop's; the ratio is uniform from least_ratio to 1.
    """

    batch: Count
    most_aspect: Annotated[float, Field(ge=1)] = 3.0
    least_zoom: Share = 0.5
    least_ratio: Share = 0.05


class Weights(Section):
    """Of the three losses."""

    pair: Positive = 1.0
    swapped: Positive = 1.0
    corner: Positive = 1.0


class Recipe(Section):
    """What every recipe says. Sources and notes go into the card."""

    name: str
    licence: str
    fit: FitRecipe
    sources: tuple[str, ...]
    notes: tuple[str, ...] = ()

    @property
    def loss_weights(self) -> dict[str, float]:
        """The weight of each of the losses that the net of this recipe returns."""
        raise NotImplementedError


class TeacherRecipe(Section):
    """What a larger net says of the photos, to be learned beside the tasks; see training.teacher.

    features: its file in the data folder; batch: photos a step; weight: of the loss on its
    features; rating_weight: of the loss on ratings, human or the teacher's; often: how much more
    often than others a photo with a human rating is drawn.
    """

    features: str
    batch: Count
    weight: Positive = 1.0
    rating_weight: Positive = 1.0
    often: Positive = 1.0


class ViewsRecipe(Recipe):
    kind: Literal["views"]
    view_pixels: Count
    trunk: TrunkRecipe = TrunkRecipe()
    tasks: dict[TaskName, TaskRecipe]
    teacher: TeacherRecipe | None = None

    @property
    def loss_weights(self) -> dict[str, float]:
        weights = {name: task.weight for name, task in self.tasks.items()}
        if self.teacher:
            weights |= {"teacher": self.teacher.weight, "taught": self.teacher.rating_weight}
        return weights


class PairsRecipe(Recipe):
    """side: of the square, in pixels, that pictures are squashed to; test_pairs: to measure on."""

    kind: Literal["pairs"]
    side: Annotated[int, Field(ge=32, multiple_of=32)] = 224
    trunk: ResNetRecipe = ResNetRecipe()
    photos: TableRecipe
    pairs: MadePairs
    weights: Weights = Weights()
    test_pairs: Count = 1000

    @property
    def loss_weights(self) -> dict[str, float]:
        return self.weights.model_dump()


class PaddedRecipe(Recipe):
    """side: of the black square, in pixels, that a photo is fitted into.

    test_copies: how many squished copies of test photos the net is measured on.
    """

    kind: Literal["padded"]
    side: Annotated[int, Field(ge=32, multiple_of=32)] = 256
    trunk: EfficientNetRecipe = EfficientNetRecipe()
    photos: TableRecipe
    squishes: MadeSquishes
    test_copies: Count = 1000

    @property
    def loss_weights(self) -> dict[str, float]:
        return {"squish": 1.0}


class TracesRecipe(Recipe):
    """samples: squished photos to make and read; width: of the net; more: tables to train on."""

    kind: Literal["traces"]
    samples: Count
    batch: Count = 128
    width: Count = 512
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.3
    copies: Count = 4
    photos: TableRecipe
    more: tuple[TableRecipe, ...] = ()

    @property
    def loss_weights(self) -> dict[str, float]:
        return {"traces": 1.0}


class DamageWeights(Section):
    """Of the losses; see damage.net."""

    order: Positive = 1.0
    rated: Positive = 1.0


class DamageRecipe(Recipe):
    """A head that sees damage, beside one that rates what is shown, on a model's trunk.

    features: a teacher's, in the data folder, for photos without a human rating; margin: least
    gap, in ratings, between a photo and its strongly damaged copy; batch: photos a step;
    train_photos: how many are used beside the rated ones; test_photos: how many photos of unseen
    sources order is measured on.
    """

    kind: Literal["damage"]
    view_pixels: Count
    trunk: TrunkRecipe = TrunkRecipe()
    hidden: Count = 32
    batch: Count = 48
    margin: Positive = 0.5
    features: str
    rated: TableRecipe
    photos: TableRecipe
    weights: DamageWeights = DamageWeights()
    train_photos: Count
    test_photos: Count = 100

    @property
    def loss_weights(self) -> dict[str, float]:
        return self.weights.model_dump()


class ConvNeXtRecipe(Section):
    """A ConvNeXt (Liu et al. 2022) as transformers builds it; the default is ConvNeXt-Tiny."""

    depths: tuple[Count, ...] = (3, 3, 9, 3)
    widths: tuple[Count, ...] = (96, 192, 384, 768)


class ClassesRecipe(Recipe):
    """side: of the square, in pixels, that photos are squashed to; batch: photos a step.

    classes: the folders' names, or what 1 and 0 mean in the CSV's column `selfie`; epochs: what
    `fit.steps` follows from, once the photos are counted; shown: photos in a picture of the run.
    """

    kind: Literal["classes"]
    side: Annotated[int, Field(ge=32, multiple_of=32)] = 64
    trunk: ConvNeXtRecipe = ConvNeXtRecipe()
    classes: tuple[str, str]
    photos: TableRecipe
    batch: Count = 32
    epochs: Count = 1
    shown: Count = 32

    @property
    def loss_weights(self) -> dict[str, float]:
        return {"classes": 1.0}


class HeadRecipe(Section):
    """What a picture's features and its faces weigh; a regression, so no steps and no rates.

    photos: tables, of which the rows are used that a reviewed list gives a kind; left_out: kinds
    that are measured and not learned from; copies: levelled copies a photo; penalty,
    faces_penalty: on squared weights of features and of faces' measures; threshold: probability
    from which a photo is called a selfie.
    """

    kind: Literal["head"]
    photos: tuple[TableRecipe, ...]
    left_out: tuple[str, ...] = ()
    copies: Count = 4
    penalty: Positive = 0.1
    faces_penalty: Positive = 0.01
    threshold: Annotated[float, Field(gt=0, lt=1)] = 0.5
    seed: int = 0
    sources: tuple[str, ...]
    notes: tuple[str, ...] = ()


AnyRecipe = (
    ViewsRecipe | PairsRecipe | PaddedRecipe | TracesRecipe | DamageRecipe | ClassesRecipe
    | HeadRecipe
)  # fmt: skip
KINDS: dict[str, type[AnyRecipe]] = {
    "views": ViewsRecipe,
    "pairs": PairsRecipe,
    "padded": PaddedRecipe,
    "traces": TracesRecipe,
    "damage": DamageRecipe,
    "classes": ClassesRecipe,
    "head": HeadRecipe,
}


def load_recipe(path: str | Path, quick: bool = False) -> AnyRecipe:
    """Read and check a recipe. `quick` lays its [quick] table over the rest.

    Raises RecipeError that names the file and the key.
    """
    try:
        values = tomllib.loads(Path(path).read_text(encoding="utf-8"))
        changes = values.pop("quick", {})
        if values.get("kind") not in KINDS:
            raise RecipeError(f"{path}: kind: should be one of {', '.join(KINDS)}")
        return KINDS[values["kind"]].model_validate(_over(values, changes) if quick else values)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise RecipeError(f"{path}: {key}: {first['msg']}") from error
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RecipeError(f"{path}: not a readable recipe ({error})") from error


def _over(values: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    merged = {**values, **changes}
    both = [key for key in changes if isinstance(changes[key], dict) and key in values]
    return merged | {key: _over(values[key], changes[key]) for key in both}
