using ImageToText.Captioning.Weights;

namespace ImageToText.Captioning.Architectures.Florence2;

/// <summary>
/// Maps the tensors of Microsoft's checkpoints, which come with their own code, to the names of transformers' Florence-2.
/// </summary>
internal static class Florence2Names
{
    /// <summary>The table.</summary>
    public static TensorNames Table { get; } =
        new([
            // The head comes before what it stands beside.
            ("language_model.lm_head", "lm_head"),
            ("language_model.model", "model.language_model"),
            ("language_model.final_logits_bias", "model.language_model.final_logits_bias"),
            ("image_projection", "model.multi_modal_projector.image_projection"),
            ("image_proj_norm", "model.multi_modal_projector.image_proj_norm"),
            ("image_pos_embed", "model.multi_modal_projector.image_position_embed"),
            ("visual_temporal_embed", "model.multi_modal_projector.visual_temporal_embed"),
            ("vision_tower.convs.#.proj", "vision_tower.convs.#.conv"),
            ("vision_tower.blocks.#.#.spatial_block.window_attn.norm", "vision_tower.blocks.#.#.spatial_block.norm1"),
            ("vision_tower.blocks.#.#.spatial_block.window_attn.fn", "vision_tower.blocks.#.#.spatial_block.window_attn"),
            ("vision_tower.blocks.#.#.channel_block.channel_attn.norm", "vision_tower.blocks.#.#.channel_block.norm1"),
            ("vision_tower.blocks.#.#.channel_block.channel_attn.fn", "vision_tower.blocks.#.#.channel_block.channel_attn"),
            .. Block("spatial_block"),
            .. Block("channel_block"),
            ("vision_tower", "model.vision_tower"),
        ]);

    private static (string From, string To)[] Block(string block) =>
        [
            ($"vision_tower.blocks.#.#.{block}.conv1.fn.dw", $"vision_tower.blocks.#.#.{block}.conv1"),
            ($"vision_tower.blocks.#.#.{block}.conv2.fn.dw", $"vision_tower.blocks.#.#.{block}.conv2"),
            ($"vision_tower.blocks.#.#.{block}.ffn.norm", $"vision_tower.blocks.#.#.{block}.norm2"),
            ($"vision_tower.blocks.#.#.{block}.ffn.fn.net", $"vision_tower.blocks.#.#.{block}.ffn"),
        ];
}
