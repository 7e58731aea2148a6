from lstm_assets.training.engines.devices import Device
from lstm_assets.training.engines.packs import BYTES, Pack, jobs
from lstm_assets_tests.training.cells import planned

KEPT = BYTES * 16 * 20 * 4 * (2 + 3)  # of one trajectory of the cells' network, batch 16
PLENTY = Device("cuda", 2**30)


def packed(device: Device, *changes: dict[str, float]) -> list[list[str]]:
    return [sorted(each.codes) for each in jobs(planned(*changes), device)]


def test_on_the_cpu_each_trajectory_is_a_job() -> None:
    trajectories = planned({}, {"batch_size": 8}, {"epoch": 3})

    assert jobs(trajectories, Device("cpu")) == trajectories


def test_one_shape_of_network_and_look_back_is_a_pack() -> None:
    same = [
        {}, {"epoch": 3}, {"batch_size": 8}, {"learning_rate": 0.02}, {"ratio_train_set": 0.6},
    ]  # fmt: skip
    others = [{"size_unit_hidden": 4}, {"size_sequence": 5}, {"size_unit_output": 2}]

    assert sorted(packed(PLENTY, *same, *others)) == [
        ["T-0001", "T-0002", "T-0003", "T-0004", "T-0005"], ["T-0006"], ["T-0007"], ["T-0008"],
    ]  # fmt: skip


def test_a_pack_names_its_device() -> None:
    [pack] = jobs(planned({}), PLENTY)

    assert pack == Pack(tuple(planned({})), "cuda")


def test_a_pack_that_would_not_fit_is_cut_into_equal_parts() -> None:
    rates = [{"learning_rate": 0.001 * each} for each in range(1, 6)]

    def sizes(fitting: float) -> list[int]:
        device = Device("cuda", int(2 * KEPT * fitting))  # half of what is free may be used
        return [len(each.codes) for each in jobs(planned(*rates), device)]

    assert sizes(5) == [5]
    assert sizes(4.9) == [3, 2]
    assert sizes(3) == [3, 2]
    assert sizes(2) == [2, 2, 1]
    assert sizes(0) == [1, 1, 1, 1, 1]
