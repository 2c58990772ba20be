"""How torch computes in this process."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import torch
from torch import Tensor

matmul = torch.backends.mkldnn.matmul
# What its attribute fp32_precision calls, with checks that cost as much as a small product.
get_precision = partial(torch._C._get_fp32_precision_getter, "mkldnn", "matmul")
set_precision = partial(torch._C._set_fp32_precision_setter, "mkldnn", "matmul")
# Multiplications in a batch of products below which oneDNN's start costs more than it gains.
SMALL = 1 << 20
# Columns of a product up to which its transpose is computed instead, whose rows are long.
NARROW = 4


def configure_torch(device: str = "cpu") -> None:
    """One thread, no denormal numbers, and the fastest products in full single precision.

    From here on torch makes tensors on the device: cpu, cuda, or auto, which is cuda where there is
    one. What is done to tensors must then be done without a word on where they are; random numbers
    are made by the processor, the same for both.

    What a job computes must not depend on how many cores there are. Torch's own products, MKL's,
    run at half speed on processors that are not Intel's; oneDNN's do not, and torch takes them
    once it is told that products may round to bfloat16. They do so on AMX tiles alone: without
    tiles oneDNN multiplies in single precision, and with them torch is told nothing.
    """
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)  # a softmax that underflows is three times faster without
    processor = torch.cpu.get_capabilities()
    if processor["architecture"] == "x86_64" and not processor["amx_tile"]:
        matmul.fp32_precision = "bf16"
    if device != "cpu" and torch.cuda.is_available():
        torch.set_default_device("cuda")
    elif device == "cuda":
        raise RuntimeError("device: expected a GPU that torch can use; got none; take cpu or auto")


@contextmanager
def configured_torch(device: str = "cpu") -> Iterator[None]:
    """Within it torch computes as in a job; after it, whatever happens, as it did before.

    That is its threads, denormal numbers, products, default device and type, and gradients.
    """
    threads, products = torch.get_num_threads(), matmul.fp32_precision
    dtype, before = torch.get_default_dtype(), torch.get_default_device()
    # Whether denormal numbers are flushed can be told by what becomes of one alone.
    flushed = torch.tensor(2.0**-120, dtype=torch.float32, device="cpu") * 2.0**-20 == 0
    try:
        torch.set_default_dtype(torch.float32)
        torch.set_default_device(None)
        configure_torch(device)
        with torch.inference_mode(False), torch.enable_grad():
            yield
    finally:
        torch.set_num_threads(threads)
        torch.set_flush_denormal(bool(flushed))
        matmul.fp32_precision = products
        torch.set_default_dtype(dtype)
        # None where none was set, since a device that is costs time at every call.
        torch.set_default_device(None if before.type == "cpu" else before)


def product(a: Tensor, b: Tensor, offset: Tensor | None = None) -> Tensor:
    """a b + offset, [K, n, p], of a [K, n, m] and b [K, m, p]; small ones by torch's own products.

    The offset broadcasts to [K, n, p].
    """
    return loose_product(a, b, offset).contiguous()


def loose_product(a: Tensor, b: Tensor, offset: Tensor | None = None) -> Tensor:
    """The same, which may lie column after column in memory: a copy less, where p is small."""
    narrow = b.shape[-1] <= NARROW
    out = plain_product(b.mT, a.mT).mT if narrow else plain_product(a, b)
    return out if offset is None else out.add_(offset)  # faster than baddbmm, which copies it first


def plain_product(a: Tensor, b: Tensor, out: Tensor | None = None) -> Tensor:
    """a b, whatever its shape; written to `out` where that is given."""
    if a.numel() * b.shape[-1] >= SMALL:
        return torch.bmm(a, b, out=out)
    settled = get_precision()
    set_precision("ieee")
    out = torch.bmm(a, b, out=out)
    set_precision(settled)
    return out
