"""Torch's settings in this process, and batched matrix products."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import torch
from torch import Tensor

matmul = torch.backends.mkldnn.matmul
# The attribute fp32_precision calls these after checks that cost as much as a small product.
get_precision = partial(torch._C._get_fp32_precision_getter, "mkldnn", "matmul")
set_precision = partial(torch._C._set_fp32_precision_setter, "mkldnn", "matmul")
# With fewer multiplications in a batch of products, oneDNN's start costs more than it gains.
SMALL = 1 << 20
# Products with so few columns are computed transposed, since long rows are faster.
NARROW = 4


def configure_torch(device: str = "cpu") -> None:
    """Sets one thread, no denormal numbers, and the fastest products in full single precision.

    From here on torch makes tensors on the device: cpu, cuda, or auto, which is cuda where there is
    one. Code that uses tensors therefore names no device. Random numbers come from the processor,
    the same for both devices.

    With one thread, results do not depend on the number of cores. Torch's default products, MKL's,
    run at half speed on processors that are not Intel's; oneDNN's do not, and torch uses them once
    products may round to bfloat16. They round on AMX tiles alone: without tiles oneDNN multiplies
    in single precision, and with tiles this setting stays off.

    Raises:
        RuntimeError: the device is cuda, and torch finds no GPU.
    """
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)  # a softmax that underflows is three times faster so
    processor = torch.cpu.get_capabilities()
    if processor["architecture"] == "x86_64" and not processor["amx_tile"]:
        matmul.fp32_precision = "bf16"
    if device != "cpu" and torch.cuda.is_available():
        torch.set_default_device("cuda")
    elif device == "cuda":
        raise RuntimeError("device: expected a GPU that torch can use; got none; take cpu or auto")


@contextmanager
def configured_torch(device: str = "cpu") -> Iterator[None]:
    """Context in which torch has the settings of a job; on exit, also on errors, restores its own.

    The settings are threads, denormal numbers, products, default device and type, and gradients.
    """
    threads, products = torch.get_num_threads(), matmul.fp32_precision
    dtype, before = torch.get_default_dtype(), torch.get_default_device()
    # Torch has no getter for flushing, so compute a denormal number and see whether it is 0.
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
        # None on the processor, since a default device costs time at every call.
        torch.set_default_device(None if before.type == "cpu" else before)


def product(a: Tensor, b: Tensor, offset: Tensor | None = None) -> Tensor:
    """a b + offset, [K, n, p], contiguous, for a [K, n, m] and b [K, m, p].

    The offset broadcasts to [K, n, p]. `loose_product` saves a copy where any strides will do, and
    `plain_product` is a single call of `torch.bmm`, without offset.
    """
    return loose_product(a, b, offset).contiguous()


def loose_product(a: Tensor, b: Tensor, offset: Tensor | None = None) -> Tensor:
    """a b + offset, [K, n, p], with any strides.

    Where p <= `NARROW` it computes (b^T a^T)^T, which lies column after column in memory; `product`
    copies this to rows.
    """
    narrow = b.shape[-1] <= NARROW
    out = plain_product(b.mT, a.mT).mT if narrow else plain_product(a, b)
    return out if offset is None else out.add_(offset)  # faster than baddbmm, which copies it first


def plain_product(a: Tensor, b: Tensor, out: Tensor | None = None) -> Tensor:
    """a b, [K, n, p], never transposed; written to `out` if given.

    Below `SMALL` multiplications it switches oneDNN off for the call.
    """
    if a.numel() * b.shape[-1] >= SMALL:
        return torch.bmm(a, b, out=out)
    before = get_precision()
    set_precision("ieee")
    out = torch.bmm(a, b, out=out)
    set_precision(before)
    return out
