"""How torch computes in this process."""

import torch


def settle() -> None:
    """One thread, and the fastest products of matrices in full single precision.

    What a job computes must not depend on how many cores there are. Torch's own products, MKL's,
    run at half speed on processors that are not Intel's; oneDNN's do not, and torch takes them
    once it is told that products may round to bfloat16. They do so on AMX tiles alone: without
    tiles oneDNN multiplies in single precision, and with them torch is told nothing.
    """
    torch.set_num_threads(1)
    processor = torch.cpu.get_capabilities()
    if processor["architecture"] == "x86_64" and not processor["amx_tile"]:
        torch.backends.mkldnn.matmul.fp32_precision = "bf16"
