"""The prompts net: a CLIP whose logits for ten texts are a photo's distribution over ratings.

transformers gives logits per text, (10, B): how well each text fits each photo. Their softmax over
the ten texts is the distribution, its mean the score; so one net can be taught by errors of the
score and by the distance of distributions.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from transformers import AutoTokenizer, CLIPConfig, CLIPModel

from photoloupe.errors import ModelError
from photoloupe.questions.aesthetics import RATINGS
from photoloupe.training.engine.fit import Net
from photoloupe.training.engine.losses import LOSSES, mixed_loss
from photoloupe.training.published.aesthetics_prompts.recipe import AestheticsPromptsRecipe

# Of the pixels that CLIP was taught on (Radford et al. 2021, in its published code).
MEAN, STD = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)
START, END = 256, 257  # beside the 256 bytes, where a random net reads texts as bytes


class ImageTower(nn.Module):
    """Pixels (B, H, W, 3) uint8, valid_hw (B, 2), texts (10, D) -> (B, 10) logits.

    The central square of each picture is shown, as CLIP's own preprocessing has it.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, clip: CLIPModel) -> None:
        super().__init__()
        self.tower, self.projection = clip.vision_model, clip.visual_projection
        self.scale, self.side = clip.logit_scale, int(_part(clip, "vision").image_size)
        self.register_buffer("mean", torch.tensor(MEAN) * 255, persistent=False)
        self.register_buffer("std", torch.tensor(STD) * 255, persistent=False)

    def forward(self, pixels: Tensor, valid_hw: Tensor, texts: Tensor) -> Tensor:
        x = ((pixels - self.mean) / self.std).permute(0, 3, 1, 2)
        square = central_square(x, valid_hw, self.side)
        seen = F.normalize(self.projection(self.tower(pixel_values=square).pooler_output), dim=1)
        per_text = self.scale.exp() * texts @ seen.T
        return per_text.T


def central_square(x: Tensor, valid_hw: Tensor, side: int) -> Tensor:
    """(B, C, H, W) canvases -> (B, C, side, side): of each picture its largest central square."""
    size = valid_hw.min(1).values[:, None]
    place = (torch.arange(side, device=x.device) + 0.5) / side
    # Canvas coordinates as grid_sample has them: -1 and 1 are the canvas's outer edges.
    y, x_ = (
        2 * ((valid_hw[:, axis, None] - size) / 2 + size * place) / x.shape[2 + axis] - 1
        for axis in (0, 1)
    )
    rows, cols = y[:, :, None].expand(-1, -1, side), x_[:, None, :].expand(-1, side, -1)
    grid = torch.stack([cols, rows], 3)
    return F.grid_sample(x, grid, mode="bilinear", padding_mode="border", align_corners=False)


class PromptsNet(Net):
    """A CLIP and the ten texts that it is asked about, the worst first."""

    tokens: Tensor
    mask: Tensor

    def __init__(self, clip: CLIPModel, tokens: Tensor, mask: Tensor) -> None:
        super().__init__()
        self.trunk, self.heads, self.image = clip, nn.ModuleDict(), ImageTower(clip)
        self.register_buffer("tokens", tokens, persistent=False)
        self.register_buffer("mask", mask, persistent=False)

    def texts(self) -> Tensor:
        """(10, D), of length 1."""
        clip = cast(CLIPModel, self.trunk)
        read = clip.text_model(input_ids=self.tokens, attention_mask=self.mask).pooler_output
        return F.normalize(clip.text_projection(read), dim=1)

    def forward(self, pixels: Tensor, valid_hw: Tensor) -> Tensor:
        """(B, 10) logits."""
        return cast(Tensor, self.image(pixels, valid_hw, self.texts()))

    def losses(self, batches: dict[str, Any]) -> dict[str, Tensor]:
        canvas, valid_hw, target, mean = batches["rated"]
        logits = self(canvas, valid_hw).float()
        ratings = torch.as_tensor(RATINGS, dtype=logits.dtype, device=logits.device)
        score = logits.softmax(1) @ ratings
        return {
            "mse": F.mse_loss(score, mean),
            "l1": F.l1_loss(score, mean),
            "mixed": mixed_loss(score, mean).mean(),
            "emd": LOSSES["aesthetics"](logits, target).mean(),
        }


class ExportedPrompts(nn.Module):
    """What is exported: the image tower, and what the texts came to after training."""

    texts: Tensor

    def __init__(self, net: PromptsNet) -> None:
        super().__init__()
        self.image = net.image
        with torch.no_grad():
            self.register_buffer("texts", net.eval().texts())

    def forward(self, pixels: Tensor, valid_hw: Tensor) -> Tensor:
        return cast(Tensor, self.image(pixels, valid_hw, self.texts))


def make_prompts_net(recipe: AestheticsPromptsRecipe, weights: Path | None) -> PromptsNet:
    """weights: folder or hub name of a CLIP with its tokenizer; None: a random one, fed bytes."""
    texts = [recipe.prompt.replace("{}", word) for word in recipe.words]
    if weights is None:
        return PromptsNet(_random_clip(recipe), *_bytes_of(texts))
    try:
        loaded: Any = CLIPModel.from_pretrained(weights.as_posix(), output_loading_info=True)
        clip, notes = loaded
        read = AutoTokenizer.from_pretrained(weights.as_posix())
        found = read(texts, padding=True, return_tensors="pt")
    except (OSError, ValueError, RuntimeError, KeyError, TypeError) as error:
        why = str(error).partition("\n")[0]  # transformers goes on for a page
        raise ModelError(f"{weights}: no CLIP with its tokenizer can be loaded ({why})") from error
    if notes["missing_keys"]:
        raise ModelError(f"{weights}: not the weights of a CLIP")
    longest = _part(clip, "text").max_position_embeddings
    if found.input_ids.shape[1] > longest:
        raise ModelError(f"{weights}: a prompt has over {longest} tokens")
    return PromptsNet(clip, found.input_ids, found.attention_mask)


def _part(clip: CLIPModel, tower: str) -> Any:
    """The configuration of one of the two towers."""
    return getattr(clip.config, f"{tower}_config")


def _random_clip(recipe: AestheticsPromptsRecipe) -> CLIPModel:
    shape = recipe.trunk
    text = {
        "hidden_size": shape.text_width, "intermediate_size": 4 * shape.text_width,
        "num_hidden_layers": shape.layers, "num_attention_heads": max(1, shape.text_width // 64),
        "vocab_size": END + 1, "bos_token_id": START, "eos_token_id": END, "pad_token_id": 0,
    }  # fmt: skip
    vision = {
        "hidden_size": shape.width, "intermediate_size": 4 * shape.width,
        "num_hidden_layers": shape.layers, "num_attention_heads": max(1, shape.width // 64),
        "image_size": shape.side, "patch_size": shape.patch,
    }  # fmt: skip
    return CLIPModel(
        CLIPConfig(text_config=text, vision_config=vision, projection_dim=shape.joint_width)
    )


def _bytes_of(texts: list[str]) -> tuple[Tensor, Tensor]:
    """(tokens, mask), both (n, longest): a random net needs no vocabulary of its own."""
    read = [[START, *text.encode(), END] for text in texts]
    longest = max(len(row) for row in read)
    tokens = torch.tensor([row + [0] * (longest - len(row)) for row in read])
    mask = torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in read])
    return tokens, mask
