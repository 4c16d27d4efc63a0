"""Captions one picture with transformers as often as it is told: the peer of 'bench peers'.

    python3 transformers_captions.py FOLDER PICTURE THREADS [cpu | cuda] [bf16]

Says in one line of JSON which versions it runs, or why it can't. Then for each line {"precision": "f32", "bf16" (both on the processor) or
"f16" (on CUDA, with SDPA), "beams": N, "tokens": N, "batch": N} on standard input it answers {"ms": ...}: from the encoded picture, which
is read once for each place of the batch, to the ids. With bf16 nothing else is loaded. The text that a model reads around the picture is
as long as the family's; which words it has changes no time.
"""
import json
import sys
import time


def say(**answer):
    print(json.dumps(answer), flush=True)


def load(folder, dtype, device):
    from transformers import AutoConfig

    kind = AutoConfig.from_pretrained(folder).model_type
    if kind == "blip":
        from transformers import BlipForConditionalGeneration as Model
    elif kind == "vision-encoder-decoder":
        from transformers import VisionEncoderDecoderModel as Model
    else:
        from transformers import AutoModelForImageTextToText as Model
    # Older versions call the argument torch_dtype.
    try:
        model = Model.from_pretrained(folder, dtype=dtype, attn_implementation=attention(device))
    except TypeError:
        model = Model.from_pretrained(folder, torch_dtype=dtype, attn_implementation=attention(device))
    return model.to(device).eval()


def attention(device):
    return "sdpa" if device == "cuda" else None


def text_around(model, inputs):
    """The ids that a family reads with its pictures, as input_ids; nothing for those that read the picture alone."""
    import torch

    config = model.config
    kind = config.model_type
    count = inputs["pixel_values"].shape[0]
    if kind == "florence2":
        side = inputs["pixel_values"].shape[-1] // 32
        ids = [config.image_token_id] * (side * side + 1) + [0] + [100] * 7 + [2]
    elif kind in ("idefics3", "smolvlm"):
        views = inputs["pixel_values"].shape[1]
        side = config.vision_config.image_size // config.vision_config.patch_size // config.scale_factor
        ids = [1] + [100] * 4 + [config.image_token_id] * (views * side * side) + [100] * 12
    elif kind == "blip-2":
        ids = [config.image_token_index] * config.num_query_tokens + [2]
    else:
        return {}
    ids = torch.tensor([ids] * count, device=inputs["pixel_values"].device)
    return {"input_ids": ids, "attention_mask": torch.ones_like(ids)}


def main(folder, picture, threads, device="cpu", only=None):
    try:
        import torch
        import transformers
        from PIL import Image
        from transformers import AutoImageProcessor
    except ImportError as missing:
        say(error=str(missing))
        return 1
    torch.set_num_threads(int(threads))
    try:
        processor = AutoImageProcessor.from_pretrained(folder, use_fast=False)
        dtypes = {"f16": torch.float16} if device == "cuda" else {"f32": torch.float32, "bf16": torch.bfloat16}
        if only is not None:
            dtypes = {only: dtypes[only]}
        models = {name: load(folder, dtype, device) for name, dtype in dtypes.items()}
    except Exception as failure:  # Whatever a version makes of the folder: it is told, and the product measured alone.
        say(error=f"transformers {transformers.__version__} can't load {folder}: {failure}")
        return 1
    say(versions=f"transformers {transformers.__version__}, torch {torch.__version__}, {torch.get_num_threads()} threads")
    for line in sys.stdin:
        ask = json.loads(line)
        model = models[ask["precision"]]
        start = time.perf_counter()
        with torch.inference_mode():
            images = []
            for _ in range(ask["batch"]):
                with Image.open(picture) as image:
                    images.append(image.convert("RGB"))
            # Idefics3's processor takes a list of pictures for each place of the batch.
            nested = model.config.model_type in ("idefics3", "smolvlm")
            read = processor(images=[[image] for image in images] if nested else images, return_tensors="pt")
            inputs = {"pixel_values": read["pixel_values"].to(device, dtypes[ask["precision"]])}
            if "pixel_attention_mask" in read:
                inputs["pixel_attention_mask"] = read["pixel_attention_mask"].to(device)
            model.generate(
                **inputs,
                **text_around(model, inputs),
                num_beams=ask["beams"],
                min_new_tokens=ask["tokens"],
                max_new_tokens=ask["tokens"],
                do_sample=False,
            )
            if device == "cuda":
                torch.cuda.synchronize()
        say(ms=(time.perf_counter() - start) * 1000)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
