"""Writes what transformers makes of pictures with a checkpoint, for 'imagetotext models check MODEL --against FILE'.

    python3 transformers_expected.py FOLDER|ORG/NAME expected.json PICTURE... [--prompt TEXT]... [--tokens N]

Needs transformers, torch and Pillow. Each picture is captioned greedily and with three beams, for each prompt. A model that answers
questions needs a prompt; Florence-2 needs a task whose answer is text, such as "<CAPTION>". Name pictures that lie beside
expected.json.
"""
import argparse
import json
import os


def main():
    arguments = read_arguments()
    import torch
    import transformers
    from PIL import Image, ImageOps
    from transformers import AutoConfig

    torch.manual_seed(0)
    config = AutoConfig.from_pretrained(arguments.model)
    kind = config.model_type
    refuse(kind, config, arguments.prompt)
    processor = load_processor(arguments.model, kind)
    model = load_model(arguments.model, kind, torch)
    folder = os.path.dirname(os.path.abspath(arguments.output))
    cases = []
    for path in arguments.pictures:
        with Image.open(path) as image:
            # Upright, as a picture is captioned.
            image = ImageOps.exif_transpose(image).convert("RGB")
        for prompt in arguments.prompt or [None]:
            inputs = make_inputs(processor, kind, image, prompt)
            with torch.inference_mode():
                start, first = start_of(model, inputs, torch)
                for mode, options in (("greedy", {"num_beams": 1}), ("beam3", {"num_beams": 3})):
                    sequence, chances, score = generate(model, inputs, len(start), options, arguments.tokens)
                    text = text_of(processor, kind, sequence, len(start))
                    case = {
                        "image": os.path.relpath(os.path.abspath(path), folder),
                        "prompt": prompt,
                        "mode": mode,
                        "options": options,
                        "max_new_tokens": arguments.tokens,
                        "start_ids": start,
                        "sequence": sequence,
                        "text": text,
                        "log_probabilities": chances,
                        "score": score,
                        "first_logits": first,
                    }
                    if getattr(processor.tokenizer, "subword_tokenizer_type", None) == "character":
                        case["text_without_spaces"] = "".join(text.split())
                    cases.append(case)
                    print(f"{case['image']} {mode}: {text}")
    document = {
        "transformers": transformers.__version__,
        "model": arguments.model,
        "image_processor": type(processor.image_processor).__name__,
        "cases": cases,
    }
    with open(arguments.output, "w", encoding="utf-8") as file:
        json.dump(document, file, indent=1)


def read_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("output")
    parser.add_argument("pictures", nargs="+")
    parser.add_argument("--prompt", action="append", help="may be given several times")
    parser.add_argument("--tokens", type=int, default=20, help="the most tokens to generate (20)")
    return parser.parse_args()


def refuse(kind, config, prompts):
    """Ends with the reason if what transformers makes of this could not be compared."""
    if kind in ("idefics3", "smolvlm") and not prompts:
        raise SystemExit(f"{kind} answers a question: give one with --prompt.")
    if kind == "florence2" and not prompts:
        raise SystemExit('Florence-2 does a task: give one with --prompt, such as "<CAPTION>".')
    if kind == "florence2" and getattr(config, "auto_map", None):
        raise SystemExit(
            "transformers can't run Microsoft's layout. Take the same checkpoint from florence-community, and compare the model in "
            "either layout with the file."
        )


def load_processor(model, kind):
    """The processor with Pillow's resizing, which is what this is compared with."""
    from transformers import AutoImageProcessor, AutoProcessor, AutoTokenizer

    # Newer versions name the backend; older ones call it the slow one, and ignore what they don't know.
    images = AutoImageProcessor.from_pretrained(model, backend="pil", use_fast=False)
    if kind == "vision-encoder-decoder":
        return Pair(images, AutoTokenizer.from_pretrained(model))
    processor = AutoProcessor.from_pretrained(model)
    processor.image_processor = images
    return processor


class Pair:
    """An image processor and a tokenizer, where a checkpoint has no processor of its own."""

    def __init__(self, image_processor, tokenizer):
        self.image_processor = image_processor
        self.tokenizer = tokenizer

    def __call__(self, images, text=None, **options):
        inputs = self.image_processor(images=images, **options)
        if text is not None:
            inputs["decoder_input_ids"] = self.tokenizer(text, **options).input_ids
        return inputs


def load_model(model, kind, torch):
    import transformers

    names = {
        "blip": "BlipForConditionalGeneration",
        "blip-2": "Blip2ForConditionalGeneration",
        "git": "GitForCausalLM",
        "vision-encoder-decoder": "VisionEncoderDecoderModel",
    }
    loader = getattr(transformers, names.get(kind, "AutoModelForImageTextToText"))
    # Older versions call the argument torch_dtype.
    try:
        loaded = loader.from_pretrained(model, dtype=torch.float32)
    except TypeError:
        loaded = loader.from_pretrained(model, torch_dtype=torch.float32)
    # With several tiles and beams, versions up to 5.18 give a beam the tiles of another unless this is off.
    if kind in ("idefics3", "smolvlm"):
        loaded._supports_mm_encoder_outputs = lambda: False
    return loaded.eval()


def make_inputs(processor, kind, image, prompt):
    if kind in ("idefics3", "smolvlm"):
        turn = [{"role": "user", "content": [{"type": "image"}, {"type": "text", "text": prompt}]}]
        text = processor.apply_chat_template(turn, add_generation_prompt=True)
        return processor(text=text, images=[image], return_tensors="pt")
    if kind == "git" and prompt is not None:
        inputs = processor(images=image, return_tensors="pt")
        ids = processor.tokenizer(prompt, add_special_tokens=False).input_ids
        import torch

        inputs["input_ids"] = torch.tensor([[processor.tokenizer.cls_token_id, *ids]])
        inputs.pop("attention_mask", None)
        return inputs
    if prompt is None:
        return processor(images=image, return_tensors="pt")
    return processor(images=image, text=prompt, return_tensors="pt")


def run(model, inputs, **options):
    return model.generate(
        **inputs, do_sample=False, return_dict_in_generate=True, output_logits=True, output_scores=True, **options
    )


def start_of(model, inputs, torch):
    """The ids before the first generated one, and the eight highest first logits."""
    made = run(model, inputs, num_beams=1, max_new_tokens=1)
    first = made.logits[0][0].float()
    top = torch.topk(first, 8).indices.tolist()
    return made.sequences[0].tolist()[:-1], {str(i): round(first[i].item(), 5) for i in top}


def generate(model, inputs, start, options, tokens):
    """The best sequence with the ids before it, the log-probabilities of its generated ids, and a beam's score."""
    made = run(model, inputs, max_new_tokens=tokens, **options)
    sequence = made.sequences[0].tolist()
    if options["num_beams"] == 1:
        rows, score = [0] * len(made.logits), None
    else:
        # For each generated id the beam that it was in. Padding follows, in no beam.
        rows = [row for row in made.beam_indices[0].tolist() if row >= 0]
        score = made.sequences_scores[0].item()
    sequence = sequence[: start + len(rows)]
    chances = [
        round(made.logits[step][row].float().log_softmax(-1)[token].item(), 5)
        for step, (row, token) in enumerate(zip(rows, sequence[start:]))
    ]
    return sequence, chances, score


def text_of(processor, kind, sequence, start):
    """The prompt belongs to the text of a model that continues it."""
    ids = sequence[start:] if kind in ("idefics3", "smolvlm") else sequence
    return processor.tokenizer.decode(ids, skip_special_tokens=True).strip()


if __name__ == "__main__":
    main()
