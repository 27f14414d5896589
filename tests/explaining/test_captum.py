"""Every method that Captum has gives the same numbers here, over the same net in PyTorch."""

import numpy as np
import pytest
from explained_nets import images, small_model, torch_net

from netkit.explaining.cams import gradcam, layercam, stretched
from netkit.explaining.gradients import gradient_input, integrated, saliency, smoothgrad
from netkit.explaining.occluding import occlusion
from netkit.explaining.tracer import Target, Tracer

attr = pytest.importorskip("captum.attr", reason="needs captum")
torch = pytest.importorskip("torch", reason="needs torch")

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")  # what it has to say of its inputs
LABELS = np.array([2, 4, 2])


@pytest.fixture(scope="module")
def sides():
    """Ours: a Tracer, inputs and a target; theirs: a net, inputs and a target."""
    model = small_model()
    tracer = Tracer(model.net)
    x = tracer.inputs(images())
    theirs = torch_net(model.net), torch.tensor(x), torch.tensor(LABELS)
    return (tracer, x, Target.of(LABELS, 5)), theirs


def same(ours, theirs, atol=1e-9):
    """Check two arrays, and that there is something to compare."""
    theirs = theirs.detach().numpy()
    assert np.abs(theirs).max() > 1e-3
    np.testing.assert_allclose(ours, theirs.reshape(ours.shape), rtol=0, atol=atol)


def test_saliency(sides):
    ours, (net, x, target) = sides
    same(saliency(*ours), attr.Saliency(net).attribute(x, target))


def test_gradient_times_input(sides):
    ours, (net, x, target) = sides
    same(gradient_input(*ours), attr.InputXGradient(net).attribute(x, target))


@pytest.mark.parametrize("baseline", [0.0, -0.7])
def test_integrated_gradients(sides, baseline):
    ours, (net, x, target) = sides
    theirs = attr.IntegratedGradients(net).attribute(x, baseline, target, n_steps=50)
    same(integrated(*ours, baseline=baseline), theirs)


def test_smoothgrad(sides, monkeypatch):
    """Captum's NoiseTunnel over the noise that ours draws."""
    ours, (net, x, target) = sides
    samples, noise = 6, 0.2
    rng = np.random.default_rng(9)
    drawn = np.stack([rng.standard_normal(x.shape) for _ in range(samples)])
    spans = np.ptp(x.numpy(), axis=(1, 2, 3)).reshape(-1, 1, 1, 1)
    moved = torch.tensor(x.numpy() + noise * spans * drawn)
    each = [attr.Saliency(net).attribute(one, target) for one in moved]
    same(smoothgrad(*ours, samples=samples, noise=noise, seed=9), sum(each) / samples)


@pytest.mark.parametrize(("place", "name"), [(0, "c0"), (1, "tanh0"), (3, "c1"), (4, "relu1")])
def test_gradcam(sides, place, name):
    ours, (net, x, target) = sides
    cam = attr.LayerGradCam(net, net[place])
    same(gradcam(*ours, name), cam.attribute(x, target, relu_attributions=True))


def test_layercam(sides):
    """LayerCAM from Captum's activations and gradients of a layer."""
    ours, (net, x, target) = sides
    made = attr.LayerActivation(net, net[1]).attribute(x).detach().numpy()
    product = attr.LayerGradientXActivation(net, net[1]).attribute(x, target).detach().numpy()
    slope = np.divide(product, made, out=np.zeros_like(made), where=made != 0)
    wanted = np.maximum((np.maximum(slope, 0) * made).sum(1), 0)
    same(layercam(*ours, "tanh0"), torch.tensor(wanted))


@pytest.mark.parametrize(("window", "stride"), [((4, 3), (3, 3)), ((5, 4), (3, 3))])
def test_occlusion(sides, window, stride):
    ours, (net, x, target) = sides
    theirs = attr.Occlusion(net).attribute(x, (2, *window), (2, *stride), 0.3, target)
    found = occlusion(*ours, window=window, stride=stride, baseline=0.3)
    same(np.repeat(found[:, None], 2, axis=1), theirs, 1e-7)  # Captum counts in float32


def test_maps_are_stretched_as_torch_does():
    maps = np.random.default_rng(0).normal(size=(2, 5, 3))
    theirs = torch.nn.functional.interpolate(
        torch.tensor(maps)[:, None], (17, 28), mode="bilinear", align_corners=False
    )
    same(stretched(maps, (17, 28)), theirs)
